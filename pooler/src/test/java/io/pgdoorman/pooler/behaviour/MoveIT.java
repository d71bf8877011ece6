package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.script.Message.bind;
import static io.pgdoorman.pooler.script.Message.execute;
import static io.pgdoorman.pooler.script.Message.parse;
import static io.pgdoorman.pooler.script.Message.sync;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.WireClient;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/// One server for clients on all event loops: it moves to where it is needed, and nothing of what it knows or sends is
/// lost on the way.
class MoveIT {
    private static final int CLIENTS = 8;
    private static final int ROUNDS = 50;
    private static final int LONG = 200_000;

    @Test
    void oneServerServesTheClientsOfAllLoops() throws ExecutionException, InterruptedException {
        // given
        var clients = new ArrayList<WireClient>();
        try (var pooler = PoolerFixture.wish()
                        .poolSize(1)
                        .general("worker_threads", "4")
                        .general("query_wait_timeout", "60s")
                        .start();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(pooler.door().login());
            }
            var pid = clients.getFirst().asksOne("select pg_backend_pid()");

            // when
            var done = new ArrayList<Future<List<String>>>();
            for (int i = 0; i < CLIENTS; i++) {
                int number = i;
                done.add(threads.submit(() -> pidsOf(clients.get(number), number)));
            }

            // then
            for (var pids : done) {
                assertThat(pids.get()).hasSize(ROUNDS).containsOnly(pid);
            }
        } finally {
            clients.forEach(WireClient::close);
        }
    }

    /// The server's pid as one client sees it while it asks for this and that.
    private static List<String> pidsOf(WireClient client, int number) {
        var pids = new ArrayList<String>();
        client.asks("set application_name to 'mover " + number + "'");
        client.sends(parse("s", "select repeat($1, " + LONG + ")"), sync()).receivesReady();
        for (int round = 0; round < ROUNDS; round++) {
            var letter = String.valueOf((char) ('a' + (number + round) % 26));
            var rows = client.sends(bind("s", letter), execute(), sync()).receivesReady();
            assertThat(rows.get(1).firstColumn())
                    .hasSize(LONG)
                    .startsWith(letter)
                    .endsWith(letter);
            assertThat(client.asksOne("show application_name")).isEqualTo("mover " + number);
            pids.add(client.asksOne("select pg_backend_pid()"));
        }
        return pids;
    }
}
