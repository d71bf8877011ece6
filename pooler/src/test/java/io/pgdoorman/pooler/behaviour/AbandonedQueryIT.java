package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.script.Message.query;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.FaultProxy;
import io.pgdoorman.pooler.script.FaultProxy.Direction;
import io.pgdoorman.pooler.script.FaultProxy.Fault;
import io.pgdoorman.pooler.script.FaultProxy.Kind;
import io.pgdoorman.pooler.script.Message;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.WireClient;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A client vanishes while PostgreSQL works for it: PostgreSQL does not notice, and the pooler counts the server until
/// it is gone; what nobody waits for is cancelled.
class AbandonedQueryIT {
    private static final AtomicInteger RUNS = new AtomicInteger();

    /// Marks the servers of this test, as others use PostgreSQL at the same time.
    private final String name = "abandoned-" + RUNS.incrementAndGet();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select pg_sleep(30)",
                "begin; select pg_sleep(30)",
                "do $$ begin raise notice 'begun'; perform pg_sleep(30); end $$",
                "select 'a row'; select pg_sleep(30)",
            })
    void aPoolNeverHasMoreServersThanItsSize(String work) {
        // given
        try (var pooler = wish().start();
                var next = login(pooler)) {
            var vanishing = login(pooler);
            vanishing.sends(query(work));
            Eventually.isTrue("it runs", () -> isRunning("pg_sleep(30)"));

            // when
            vanishing.vanishes();

            // then
            assertThat(next.asksOne(howMany())).isEqualTo("1");
        }
    }

    @Test
    void halfAMessageHoldsNoServer() {
        // given
        try (var pooler = wish().start();
                var next = login(pooler)) {
            var vanishing = login(pooler);
            vanishing.asks("begin");
            vanishing.sends(Message.raw(new byte[] {'Q', 0, 0, 1, 0, 's', 'e', 'l'}));

            // when
            vanishing.vanishes();

            // then
            assertThat(next.asksOne(howMany())).isEqualTo("1");
        }
    }

    @Test
    void whatItAskedForIsDone() {
        // given
        var postgres = EmbeddedPg.shared();
        postgres.does("drop table if exists abandoned", "create table abandoned (n int)");
        postgres.does("grant all on abandoned to app");
        try (var pooler = wish().start()) {
            var vanishing = login(pooler);
            vanishing.sends(query("insert into abandoned select 1 from pg_sleep(3)"));
            Eventually.isTrue("it runs or is done", () -> isRunning("insert into abandoned") || rows().size() == 1);

            // when
            vanishing.vanishes();

            // then
            Eventually.isTrue("one row", () -> rows().size() == 1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"500ms", "0"})
    void whatTakesLongIsCancelled(String queryTimeout) {
        // given
        try (var pooler = wish().general("query_timeout", queryTimeout).start();
                var next = login(pooler)) {
            var vanishing = login(pooler);
            vanishing.sends(query("select pg_sleep(600)"));
            Eventually.isTrue("it runs", () -> isRunning("pg_sleep(600)"));

            // when
            vanishing.vanishes();

            // then
            assertThat(next.asksOne(howMany())).isEqualTo("1");
            assertThat(isRunning("pg_sleep(600)")).isFalse();
        }
    }

    @Test
    void anAnswerWithoutEndIsCancelled() {
        // given
        try (var pooler = wish().start();
                var next = login(pooler)) {
            var vanishing = login(pooler);
            vanishing.sends(query("select repeat('y', 1000) from generate_series(1, 2000000000)"));
            Eventually.isTrue("it runs", () -> isRunning("generate_series(1, 2000000000)"));

            // when
            vanishing.vanishes();

            // then
            assertThat(next.asksOne(howMany())).isEqualTo("1");
            assertThat(isRunning("generate_series(1, 2000000000)")).isFalse();
        }
    }

    @Test
    void aCancelThatIsLostIsSentAgain() {
        // given
        var postgres = new InetSocketAddress(
                InetAddress.getLoopbackAddress(), EmbeddedPg.shared().door().port());
        try (var proxy = FaultProxy.before(postgres);
                var pooler = wish().pool("server_port", String.valueOf(proxy.port()))
                        .pool("connect_timeout", "500ms")
                        .start();
                var next = login(pooler)) {
            var vanishing = login(pooler);
            vanishing.sends(query("select pg_sleep(600)"));
            Eventually.isTrue("it runs", () -> isRunning("pg_sleep(600)"));
            proxy.next(new Fault(Direction.TO_SERVER, 0, Kind.BLACKHOLE));

            // when
            vanishing.vanishes();

            // then
            assertThat(next.asksOne(howMany())).isEqualTo("1");
            assertThat(isRunning("pg_sleep(600)")).isFalse();
            assertThat(proxy.struck()).isEqualTo(1);
        }
    }

    private static List<String> rows() {
        return EmbeddedPg.shared().asks("select n::text from abandoned");
    }

    private static PoolerFixture.Wish wish() {
        return PoolerFixture.wish().poolSize(1).general("query_wait_timeout", "60s");
    }

    private WireClient login(PoolerFixture pooler) {
        return pooler.door().login(Door.Role.APP, Map.of("application_name", name));
    }

    private String howMany() {
        return "select count(*) from pg_stat_activity where application_name = '" + name + "'";
    }

    private boolean isRunning(String sql) {
        return !EmbeddedPg.shared()
                .asks("select 1 from pg_stat_activity where application_name = '" + name
                        + "' and state = 'active' and query like '%" + sql + "%'")
                .isEmpty();
    }
}
