package io.pgdoorman.config.read;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// However a configuration is spelled, it has one canonical form.
class SpellingTest {

    private static final ObjectMapper YAML = new YAMLMapper();
    private static final ObjectMapper TOML = new TomlMapper();
    private static final int ROUNDS = 300;

    @Test
    void yamlAndTomlInAnyOrderAndUnitAreOne() throws JsonProcessingException {
        for (var seed = 0; seed < ROUNDS; seed++) {
            // given
            var yaml = YAML.writeValueAsString(new Spelling(seed, 1).file());
            var toml = TOML.writeValueAsString(new Spelling(seed, 2).file());

            // when
            var one = ConfigReader.parse(yaml, Format.YAML, "one.yaml");
            var two = ConfigReader.parse(toml, Format.TOML, "two.toml");

            // then
            assertThat(one).as(yaml + one).isInstanceOf(ReadResult.Valid.class);
            assertThat(two).as(toml + two).isInstanceOf(ReadResult.Valid.class);
            assertThat(((ReadResult.Valid) two).canonical())
                    .as("seed %d", seed)
                    .isEqualTo(((ReadResult.Valid) one).canonical());
        }
    }

    /// One meaning by `seed`, spelled by `hand`.
    private record Spelling(Random meaning, Random hand) {

        Spelling(long seed, long hand) {
            this(new Random(seed), new Random(seed * 31 + hand));
        }

        Map<String, Object> file() {
            var general = new TreeMap<String, Object>();
            general.put("admin_password", "secret" + meaning.nextInt());
            for (var key : List.of("connect_timeout", "idle_timeout", "login_timeout", "shutdown_timeout")) {
                maybe(general, key, duration());
            }
            maybe(general, "tcp_socket_buffer_size", size());
            maybe(general, "port", meaning.nextInt(65_536));
            maybe(general, "server_round_robin", meaning.nextBoolean());
            maybe(general, "startup_parameters", shuffled(Map.of("work_mem", "8MB", "TimeZone", "UTC")));
            maybe(general, "hba", List.of("10.0.0.0/8", "fd00::/8"));
            var pools = new TreeMap<String, Object>();
            for (var number = 0; number < meaning.nextInt(3); number++) {
                pools.put("db" + number, pool());
            }
            return shuffled(Map.of("general", shuffled(general), "pools", shuffled(pools)));
        }

        private Map<String, Object> pool() {
            var pool = new TreeMap<String, Object>();
            maybe(pool, "idle_timeout", duration());
            maybe(pool, "server_host", "db.example");
            maybe(pool, "pool_mode", meaning.nextBoolean() ? "session" : "transaction");
            var users = new ArrayList<Object>();
            for (var number = 0; number < meaning.nextInt(4); number++) {
                var user = new TreeMap<String, Object>();
                user.put("username", "user" + number);
                user.put("password", meaning.nextBoolean() ? "plain \" \\ ü" : Map.of("env", "PASSWORD"));
                user.put("pool_size", 1 + meaning.nextInt(100));
                maybe(user, "server_username", "role");
                users.add(shuffled(user));
            }
            Collections.shuffle(users, hand);
            pool.put("users", users);
            return shuffled(pool);
        }

        private void maybe(Map<String, Object> table, String key, Object value) {
            if (meaning.nextBoolean()) {
                table.put(key, value);
            }
        }

        private Object duration() {
            var minutes = 1 + meaning.nextInt(100);
            return switch (hand.nextInt(4)) {
                case 0 -> minutes * 60_000;
                case 1 -> minutes * 60_000 + "ms";
                case 2 -> minutes * 60 + "s";
                default -> minutes + "m";
            };
        }

        private Object size() {
            var megabytes = 1 + meaning.nextInt(100);
            return switch (hand.nextInt(4)) {
                case 0 -> megabytes << 20;
                case 1 -> (megabytes << 10) + "K";
                case 2 -> megabytes + "MB";
                default -> megabytes + "m";
            };
        }

        private Map<String, Object> shuffled(Map<String, ?> table) {
            var keys = new ArrayList<>(table.keySet());
            Collections.shuffle(keys, hand);
            var result = new LinkedHashMap<String, Object>();
            for (var key : keys) {
                result.put(key, table.get(key));
            }
            return result;
        }
    }
}
