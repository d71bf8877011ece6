package io.pgdoorman.pooler.app;

import static io.pgdoorman.pooler.script.Message.bind;
import static io.pgdoorman.pooler.script.Message.cancelRequest;
import static io.pgdoorman.pooler.script.Message.execute;
import static io.pgdoorman.pooler.script.Message.parse;
import static io.pgdoorman.pooler.script.Message.query;
import static io.pgdoorman.pooler.script.Message.sync;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.http.ControlState;
import io.pgdoorman.pooler.pool.Pool;
import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.WireClient;
import io.pgdoorman.pooler.server.ServerConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What clients take along from one pooler to the next.
class HandOverIT {
    private static final int PATIENCE_SECONDS = 60;

    @TempDir
    private Path folder;

    private Path config;
    private Generations generations;
    private Door door;

    @BeforeEach
    void starts() throws Exception {
        config = Files.writeString(folder.resolve("pooler.yaml"), """
            general:
              host: 127.0.0.1
              port: 0
              worker_threads: 2
              admin_username: admin
              admin_password: secret
              shutdown_timeout: 60s
              unix_socket_dir: %s
            pools:
              %s:
                server_host: 127.0.0.1
                server_port: %d
                max_db_connections: 2
                users:
                  - {username: app, password: "%s", pool_size: 2, server_username: app, server_password: %s}
            """.formatted(
                        folder,
                        Door.DATABASE,
                        EmbeddedPg.shared().door().port(),
                        EmbeddedPg.shared().verifierOf("app"),
                        Door.Role.APP.password()));
        generations = new Generations(config);
        door = generations.door();
    }

    @AfterEach
    void stops() {
        generations.close();
    }

    /// @return the pooler before
    private Pooler upgrade() throws Exception {
        return generations.upgrade();
    }

    private void awaitMove(int clients) {
        Eventually.isTrue(
                "all have moved", () -> generations.current().clients().loggedInCount() == clients);
    }

    @Test
    void preparedStatementsAndPortalsOfProtocolGoOn() throws Exception {
        try (var client = door.login()) {
            // given
            client.sends(parse("s1", "select $1::int + 1", 23), parse("", "select 7"), sync())
                    .receivesReady();

            // when
            upgrade();
            awaitMove(1);

            // then
            var rows = client.sends(bind("s1", "41"), execute(), bind(""), execute(), sync())
                    .receivesReady();
            assertThat(rows.toString()).contains("42").contains("7");
        }
    }

    @Test
    void whatAClientSendsOnTheWayIsAnswered() throws Exception {
        try (var client = door.login()) {
            // given
            client.asks("select 1");
            var sender = CompletableFuture.runAsync(
                    () -> {
                        for (int i = 0; i < 300; i++) {
                            assertThat(client.asksOne("select " + i)).isEqualTo(String.valueOf(i));
                        }
                    },
                    Thread::startVirtualThread);

            // when
            upgrade();

            // then
            sender.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            awaitMove(1);
        }
    }

    @Test
    void transactionsEndWhereTheyBeganAndTheirClientsFollow() throws Exception {
        try (var client = door.login();
                var deferred = door.login()) {
            // given
            client.asks("begin; create temp table t (n int) on commit drop; insert into t values (5)");
            deferred.asks("begin");

            // when
            var before = upgrade();

            // then
            assertThat(client.asksOne("select n from t")).isEqualTo("5");
            assertThat(before.clients().loggedInCount()).isEqualTo(2);
            client.asks("commit");
            awaitMove(1);
            assertThat(client.asksOne("select 1")).isEqualTo("1");
            assertThat(deferred.asksOne("select 2")).isEqualTo("2");
            deferred.asks("commit");
            awaitMove(2);
            before.awaitEnd();
        }
    }

    @Test
    void bothTogetherHaveNoMoreServersThanOneMayHave() throws Exception {
        try (var client = door.login();
                var other = door.login()) {
            // given
            client.asks("begin; select 1");
            other.asks("select 1");

            // when
            var before = upgrade();
            awaitMove(1);

            // then
            Eventually.isTrue(
                    "an idle server is closed", () -> poolOf(before).counts().servers() == 1);
            assertThat(poolOf(before).settings().size()).isEqualTo(1);
            assertThat(poolOf(generations.current()).settings().size()).isEqualTo(1);
            assertThat(generations
                            .current()
                            .reloader()
                            .coordinators()
                            .getFirst()
                            .settings()
                            .max())
                    .isEqualTo(1);
            assertThat(other.asksOne("select 2")).isEqualTo("2");

            // when
            client.asks("commit");
            awaitMove(2);
            before.awaitEnd();
            before.close();

            // then
            Eventually.isTrue(
                    "all are the new process's",
                    () -> poolOf(generations.current()).settings().size() == 2);
            assertThat(generations
                            .current()
                            .reloader()
                            .coordinators()
                            .getFirst()
                            .settings()
                            .max())
                    .isEqualTo(2);
        }
    }

    private static Pool<ServerConnection> poolOf(Pooler pooler) {
        return pooler.clientPools().getFirst().pool();
    }

    @Test
    void cancelKeysHoldForThoseWhoMovedAndForThoseWhoHaveNot() throws Exception {
        try (var moved = door.login();
                var stays = door.login()) {
            // given
            stays.asks("begin; select 1");
            upgrade();
            awaitMove(1);

            for (var client : List.of(moved, stays)) {
                // when
                client.sends(query("select pg_sleep(300)"));
                cancel(client);

                // then
                assertThat(client.receivesReady().toString()).contains("57014");
            }
            stays.asks("rollback");
            awaitMove(2);
        }
    }

    /// Again and again: a request that comes before the query runs does nothing.
    private void cancel(WireClient client) {
        Eventually.isTrue("the query ends", () -> {
            try (var canceller = door.connect()) {
                canceller.sends(cancelRequest(client.key())).receivesToEnd();
            }
            return !client.hearsNothingFor(200);
        });
    }

    @Test
    void newcomersOfBothKindsAreServedAndNobodyWasRefused() throws Exception {
        var socket = folder.resolve(".s.PGSQL." + generations.current().port());
        for (int i = 0; i < 3; i++) {
            // when
            var before = upgrade();
            before.awaitEnd();
            before.close();

            // then
            try (var client = door.login()) {
                assertThat(client.asksOne("select 42")).isEqualTo("42");
            }
            assertThat(Files.exists(socket)).isTrue();
            Eventually.isTrue(
                    "the old process is forgotten",
                    () -> !generations.current().succession().hasOldProcess());
        }
    }

    @Test
    void aNewProcessThatFailsBeforeItsTurnLeavesAllAsItWas() throws Exception {
        try (var client = door.login()) {
            // given
            client.asks("select 1");
            var good = Files.readString(config);
            Files.writeString(config, good + "\nnonsense: 1\n");

            // when
            var outcome = generations.tryToUpgrade();

            // then
            assertThat(outcome).isInstanceOf(Upgrade.Outcome.Failed.class);
            assertThat(client.asksOne("select 42")).isEqualTo("42");
            try (var newcomer = door.login()) {
                assertThat(newcomer.asksOne("select 42")).isEqualTo("42");
            }
        }
    }

    @Test
    void anOldProcessServesAgainWhenItsNewProcessDiesAtTheVeryMomentOfTakingOver() throws Exception {
        // given
        var story = new ArrayList<String>();
        generations.current().succession().tell(new Upgrade.Listener() {
            @Override
            public void handedOver(long pid) {
                story.add("handed over");
                generations.newProcessDies();
            }

            @Override
            public void tookBack() {
                story.add("took back");
            }
        });

        // when
        var outcome = generations.tryToUpgrade();

        // then
        assertThat(outcome).isEqualTo(new Upgrade.Outcome.Failed("killed"));
        assertThat(story).containsExactly("handed over", "took back");
        assertThat(generations.current().phase()).isEqualTo(ControlState.Phase.READY);
        try (var newcomer = door.login()) {
            assertThat(newcomer.asksOne("select 42")).isEqualTo("42");
        }
    }

    @Test
    void anOldProcessServesAgainWhenItsNewProcessIsGone() throws Exception {
        try (var client = door.login(Door.Role.APP, Map.of())) {
            // given
            client.asks("begin; select 1");
            var before = upgrade();

            // when
            generations.goBack();

            // then
            Eventually.isTrue("it is ready", () -> before.phase() == ControlState.Phase.READY);
            client.asks("commit");
            assertThat(client.asksOne("select 42")).isEqualTo("42");
            try (var newcomer = door.login()) {
                assertThat(newcomer.asksOne("select 42")).isEqualTo("42");
            }
        }
    }
}
