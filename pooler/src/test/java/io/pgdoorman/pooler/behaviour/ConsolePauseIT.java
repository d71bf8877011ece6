package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.behaviour.Consoles.consoleOf;
import static io.pgdoorman.pooler.behaviour.Consoles.tags;
import static io.pgdoorman.pooler.script.Message.cancelRequest;
import static io.pgdoorman.pooler.script.Message.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.WireClient;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/// Whoever pauses or suspends a pooler, and how long that holds.
class ConsolePauseIT {
    @Test
    void aPauseOfTheConfigurationHoldsUntilItIsTakenBackThere() {
        try (var pooler = PoolerFixture.wish().start();
                var worker = pooler.door().login();
                var other = pooler.door().login()) {
            // given
            worker.asks("begin");

            // when
            pooler.reload(wish -> wish.pool("paused", "true"));
            other.sends(query("select 42"));

            // then
            assertThat(other.hearsNothingFor(100)).isTrue();
            assertThat(worker.asksOne("select 1")).isEqualTo("1");
            worker.asks("commit");
            assertThat(other.hearsNothingFor(100)).isTrue();

            // when
            pooler.reload(wish -> wish.pool("paused", "false"));

            // then
            assertThat(tags(other.receivesReady())).isEqualTo("TDCZ");
        }
    }

    @Test
    void aProcessBeginsPausedAndTheConsoleEndsIt() throws Exception {
        try (var pooler = PoolerFixture.wish()
                        .pool("paused", "true")
                        .general("query_wait_timeout", "60s")
                        .start();
                var admin = consoleOf(pooler);
                var comes = Executors.newVirtualThreadPerTaskExecutor()) {
            // given
            var login = comes.submit(() -> pooler.logsIn("app", "app-secret"));

            // when
            pooler.reload(wish -> wish.general("idle_timeout", "50s"));

            // then
            assertThatThrownBy(() -> login.get(200, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);

            // when
            admin.asks("resume");

            // then
            assertThat(login.get()).isEqualTo("app");
        }
    }

    @Test
    void aPauseEndsWithTheClientThatWaitsForIt() {
        try (var pooler = PoolerFixture.wish().start();
                var worker = pooler.door().login();
                var other = pooler.door().login()) {
            worker.asks("begin");
            var admin = consoleOf(pooler);
            admin.sends(query("pause"));
            assertThat(admin.hearsNothingFor(100)).isTrue();
            other.sends(query("select 42"));
            assertThat(other.hearsNothingFor(100)).isTrue();

            // when
            admin.close();

            // then
            assertThat(tags(other.receivesReady())).isEqualTo("TDCZ");
        }
    }

    @Test
    void aCancelEndsThePauseThatItsClientWaitsFor() {
        try (var pooler = PoolerFixture.wish().start();
                var worker = pooler.door().login();
                var other = pooler.door().login();
                var admin = consoleOf(pooler);
                var canceller = pooler.door().connect()) {
            worker.asks("begin");
            admin.sends(query("pause"));
            assertThat(admin.hearsNothingFor(100)).isTrue();

            // when
            assertThat(canceller.sends(cancelRequest(admin.key())).receivesToEnd())
                    .isEmpty();

            // then
            assertThat(admin.receivesReady().getFirst().error())
                    .isEqualTo("ERROR 57014 canceling statement due to user request");
            assertThat(other.asksOne("select 42")).isEqualTo("42");
            assertThat(tags(admin.asks("show version"))).isEqualTo("TDCZ");
        }
    }

    @Test
    void suspendReadsNothingUntilResume() {
        try (var pooler = PoolerFixture.wish().start();
                var admin = consoleOf(pooler);
                var idle = pooler.door().login();
                var worker = pooler.door().login();
                var streaming = pooler.door().login()) {
            // given
            worker.asks("begin; select 1");
            streaming.sends(query("select pg_sleep(1) from generate_series(1, 5)"));

            // when
            var reply = admin.asks("suspend");

            // then
            assertThat(tags(reply)).isEqualTo("CZ");
            assertThat(isSuspended(admin)).contains("yes");
            idle.sends(query("select 42"));
            worker.sends(query("select 43"));
            try (var newcomer = pooler.door().login()) {
                newcomer.sends(query("select 44"));
                for (var client : List.of(idle, worker, newcomer, streaming)) {
                    assertThat(client.hearsNothingFor(300)).isTrue();
                }

                // when
                assertThat(tags(admin.asks("resume"))).isEqualTo("CZ");

                // then
                assertThat(tags(streaming.receivesReady())).isEqualTo("TDDDDDCZ");
                for (var client : List.of(idle, worker, newcomer)) {
                    assertThat(tags(client.receivesReady())).isEqualTo("TDCZ");
                }
                assertThat(isSuspended(admin)).contains("no");
            }
        }
    }

    private static String isSuspended(WireClient admin) {
        return admin.asks("show state").stream()
                .filter(reply -> reply.tag() == 'D' && reply.firstColumn().equals("suspended"))
                .toList()
                .toString();
    }

    @Test
    void suspendWaitsForAClientThatDoesNotReadAndIsTakenBackWhenItsOwnLeaves() {
        try (var pooler = PoolerFixture.wish().start();
                var admin = consoleOf(pooler);
                var other = pooler.door().login();
                var deaf = pooler.door().login()) {
            // given
            deaf.sends(query("select repeat('x', 1000000) from generate_series(1, 100)"));
            deaf.receives();
            Eventually.isTrue(
                    "PostgreSQL cannot send on",
                    () -> other.asksOne("select count(*) from pg_stat_activity"
                                    + " where wait_event = 'ClientWrite' and usename = current_user")
                            .equals("1"));

            // when
            admin.sends(query("suspend"));

            // then
            assertThat(admin.hearsNothingFor(300)).isTrue();
            admin.vanishes();
            assertThat(other.asksOne("select 42")).isEqualTo("42");
        }
    }
}
