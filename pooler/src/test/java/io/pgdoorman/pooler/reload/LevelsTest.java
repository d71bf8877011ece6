package io.pgdoorman.pooler.reload;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.config.ChangeClass;
import io.pgdoorman.config.PoolConfig;
import io.pgdoorman.config.PoolerConfig;
import io.pgdoorman.config.UserConfig;
import io.pgdoorman.config.change.ConfigDiff;
import io.pgdoorman.config.read.ConfigReader;
import io.pgdoorman.config.read.Format;
import io.pgdoorman.config.read.ReadResult;
import io.pgdoorman.pooler.server.Credentials;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Each timeout and limit works at each of its levels, the nearer one goes before the farther, and all are hot.
class LevelsTest {
    private static final List<String> LEVELS = List.of("general", "pool", "user");

    /// What the rooms are told of a setting, as milliseconds or a number.
    @FunctionalInterface
    interface Effect {
        long of(PoolerConfig config, PoolConfig pool, UserConfig user);
    }

    /// @param levels how many of the levels have the key
    record Row(String key, int levels, boolean isTime, Effect effect) {
        @Override
        public String toString() {
            return key;
        }
    }

    static Stream<Row> rows() {
        return Stream.of(
                time(
                        "query_wait_timeout",
                        3,
                        (c, p, u) -> millis(Translation.pool(c, p, u).waitTimeout())),
                time(
                        "query_wait_notify",
                        3,
                        (_, _, u) -> ofNanos(Translation.timeouts(u).notice())),
                time(
                        "client_idle_timeout",
                        3,
                        (_, _, u) -> ofNanos(Translation.timeouts(u).idle())),
                time(
                        "idle_transaction_timeout",
                        3,
                        (_, _, u) -> ofNanos(Translation.timeouts(u).idleInTransaction())),
                time(
                        "transaction_timeout",
                        3,
                        (_, _, u) -> ofNanos(Translation.timeouts(u).transaction())),
                time(
                        "query_timeout",
                        3,
                        (_, _, u) -> ofNanos(Translation.timeouts(u).query())),
                time(
                        "server_lifetime",
                        3,
                        (c, p, u) -> millis(Translation.pool(c, p, u).times().lifetime())),
                time(
                        "idle_timeout",
                        2,
                        (c, p, u) -> millis(Translation.pool(c, p, u).times().idle())),
                time(
                        "server_idle_check_timeout",
                        1,
                        (c, p, u) -> millis(Translation.pool(c, p, u).times().check())),
                time(
                        "connect_timeout",
                        2,
                        (c, p, u) -> Translation.server(c, p, u, new Credentials.None())
                                .connectTimeoutMillis()),
                limit(
                        "max_db_client_connections",
                        2,
                        (_, _, u) -> Translation.caps(u).perDatabase()),
                limit(
                        "max_user_client_connections",
                        3,
                        (_, _, u) -> Translation.caps(u).perUser()),
                limit(
                        "scaling_warm_pool_ratio",
                        2,
                        (c, p, u) -> Translation.pool(c, p, u).growth().warmPercent()),
                limit(
                        "scaling_fast_retries",
                        2,
                        (c, p, u) -> Translation.pool(c, p, u).growth().patience()));
    }

    private static Row time(String key, int levels, Effect effect) {
        return new Row(key, levels, true, effect);
    }

    private static Row limit(String key, int levels, Effect effect) {
        return new Row(key, levels, false, effect);
    }

    private static long millis(Duration duration) {
        return duration.toMillis();
    }

    private static long ofNanos(long nanos) {
        return nanos / 1_000_000;
    }

    @ParameterizedTest
    @MethodSource("rows")
    void worksAtEachLevelAndIsHot(Row row) {
        var said = new HashMap<String, Integer>();
        var before = read(row, said);
        for (int i = 0; i < row.levels(); i++) {
            // given
            int value = 11 + i;
            said.put(LEVELS.get(i), value);

            // when
            var changed = read(row, said);

            // then
            assertThat(effect(row, changed)).as("%s", said).isEqualTo(row.isTime() ? value * 1000L : value);
            assertThat(ConfigDiff.between(before, changed).changes())
                    .as("%s", said)
                    .isNotEmpty()
                    .allSatisfy(change -> assertThat(change.changeClass()).isEqualTo(ChangeClass.HOT));
            before = changed;
        }
    }

    private static long effect(Row row, PoolerConfig config) {
        var pool = Objects.requireNonNull(config.pools().get("shop"));
        return row.effect().of(config, pool, pool.users().getFirst());
    }

    private static PoolerConfig read(Row row, Map<String, Integer> said) {
        var line = new ArrayList<String>();
        for (var level : LEVELS) {
            var value = said.get(level);
            line.add(value == null ? "" : row.key() + ": " + value + (row.isTime() ? "s" : ""));
        }
        var text = """
            general:
              admin_password: x
              %s
            pools:
              shop:
                server_host: 127.0.0.1
                %s
                users:
                  - username: app
                    password: x
                    pool_size: 40
                    %s
            """.formatted(line.toArray());
        var result = ConfigReader.parse(text, Format.YAML, "doorman.yaml");
        assertThat(result).as(text + result).isInstanceOf(ReadResult.Valid.class);
        return ((ReadResult.Valid) result).config();
    }
}
