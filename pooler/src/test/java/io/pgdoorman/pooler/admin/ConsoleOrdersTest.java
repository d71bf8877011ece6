package io.pgdoorman.pooler.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.client.AdminConsole.Prepared;
import io.pgdoorman.pooler.client.AdminConsole.Rights;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/// What commands do.
class ConsoleOrdersTest extends ConsoleStage {

    @Test
    void setsTheLevelOfTheLog() {
        assertThat(execute("SET log_level = 'warn,relay=debug'")).isEqualTo(new Reply.Done("SET"));
        assertThat(rows("SHOW LOG_LEVEL").rows()).isEqualTo(List.of(List.of("warn,relay=debug")));
        assertThat(execute("set log_level to debug;")).isEqualTo(new Reply.Done("SET"));
        assertThat(rows("SHOW LOG_LEVEL").rows()).isEqualTo(List.of(List.of("debug")));
        assertThat(execute("SET log_level = loud")).isEqualTo(new Reply.Failed("22023", "\"loud\" is no log level"));
        assertThat(execute("SET log_level debug")).isInstanceOf(Reply.Failed.class);
    }

    @Test
    void reloads() {
        // when
        var live = execute("RELOAD;");
        actions.nextOutcome = CompletableFuture.completedFuture(new ReloadOutcome.Refused("general.port: no"));
        var refused = execute("reload");

        // then
        assertThat(live).isEqualTo(new Reply.Done("RELOAD"));
        assertThat(refused).isInstanceOfSatisfying(Reply.Failed.class, failed -> {
            assertThat(failed.sqlState()).isEqualTo("F0000");
            assertThat(failed.message()).contains("general.port: no");
        });
    }

    @Test
    void actsOnOneDatabaseOrOnAll() {
        assertThat(execute("PAUSE")).isEqualTo(new Reply.Done("PAUSE"));
        assertThat(execute("pause db;")).isEqualTo(new Reply.Done("PAUSE"));
        assertThat(execute("RESUME \"db\"")).isEqualTo(new Reply.Done("RESUME"));
        assertThat(execute("RECONNECT 'db'")).isEqualTo(new Reply.Done("RECONNECT"));
        assertThat(execute("SHUTDOWN")).isEqualTo(new Reply.Done("SHUTDOWN"));
        assertThat(actions.calls)
                .containsExactly("pause null", "pause db", "resume db", "reconnect db", "shutdown DRAIN");
    }

    @Test
    void actsAsPgBouncerDoes() {
        for (var sql : List.of(
                "WAIT_CLOSE db",
                "KILL db",
                "kill",
                "KILL_CLIENT 5",
                "KILL_CLIENT #c5",
                "KILL_CLIENT 'c5'",
                "DISABLE db",
                "ENABLE db",
                "RESET INTERNER",
                "SHUTDOWN WAIT_FOR_SERVERS",
                "SHUTDOWN wait_for_clients")) {
            assertThat(execute(sql)).as(sql).isInstanceOf(Reply.Done.class);
        }
        assertThat(actions.calls)
                .containsExactly(
                        "wait_close db",
                        "kill db",
                        "kill null",
                        "kill_client 5",
                        "kill_client 5",
                        "kill_client 5",
                        "disable db",
                        "enable db",
                        "reset interner",
                        "shutdown SERVERS_FREE",
                        "shutdown CLIENTS_LEFT");
    }

    @Test
    void refusesWhatIsNotThere() {
        assertThat(execute("KILL_CLIENT 6")).isEqualTo(new Reply.Failed("42704", "client \"6\" is not connected"));
        assertThat(execute("DISABLE nowhere")).isEqualTo(new Reply.Failed("3D000", "database \"nowhere\" has no pool"));
        assertThat(execute("KILL nowhere")).isEqualTo(new Reply.Failed("3D000", "database \"nowhere\" has no pool"));
    }

    @Test
    void takesAPauseBackWhoseClientLeft() {
        // given
        var prepared = console.prepare("PAUSE db", Rights.ALL);
        assertThat(prepared).isInstanceOf(Prepared.Command.class);
        var running = ((Prepared.Command) prepared).run().get();

        // when
        Objects.requireNonNull(running.abandon()).run();

        // then
        assertThat(actions.calls).containsExactly("pause db", "resume db");
    }

    @Test
    void suspendsAndTakesThatBackWhenItsClientLeaves() {
        // given
        assertThat(execute("suspend")).isEqualTo(new Reply.Done("SUSPEND"));
        var running = ((Prepared.Command) console.prepare("SUSPEND", Rights.ALL))
                .run()
                .get();

        // when
        Objects.requireNonNull(running.abandon()).run();

        // then
        assertThat(actions.calls).containsExactly("suspend", "suspend", "resume null");
    }

    @Test
    void pauseThatWasResumedBeforeItWasCompleteIsAnError() {
        // given
        actions.fulfilled = false;

        // when
        var reply = execute("PAUSE");

        // then
        assertThat(reply)
                .isEqualTo(new Reply.Failed("57014", "PAUSE was ended by another command before it was complete"));
    }

    @Test
    void refusesAnUnknownDatabase() {
        assertThat(execute("PAUSE \"no;\"\"where\""))
                .isEqualTo(new Reply.Failed("3D000", "database \"no;\"where\" has no pool"));
    }

    @Test
    void upgradeTellsWhyTheNewProcessDidNotTakeOver() {
        // given
        assertThat(execute("upgrade")).isEqualTo(new Reply.Done("UPGRADE"));
        actions.upgradeFailure = Optional.of("the new process ended with status 78");

        // when
        var reply = execute("UPGRADE");

        // then
        assertThat(reply).isInstanceOfSatisfying(Reply.Failed.class, failed -> {
            assertThat(failed.sqlState()).isEqualTo("55000");
            assertThat(failed.message()).contains("this process goes on: the new process ended with status 78");
        });
        assertThat(actions.calls).containsExactly("upgrade", "upgrade");
    }

    @Test
    void turnsAFailureOfAnActionIntoAnInternalError() {
        // given
        actions.nextOutcome = CompletableFuture.failedFuture(new IllegalStateException("bug"));

        // when
        var reply = execute("RELOAD");

        // then
        assertThat(reply)
                .isInstanceOfSatisfying(
                        Reply.Failed.class,
                        failed -> assertThat(failed.sqlState()).isEqualTo("XX000"));
    }
}
