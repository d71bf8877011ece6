package io.pgdoorman.pooler.app;

import static io.pgdoorman.pooler.script.Message.bind;
import static io.pgdoorman.pooler.script.Message.execute;
import static io.pgdoorman.pooler.script.Message.parse;
import static io.pgdoorman.pooler.script.Message.sync;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Reply;
import io.pgdoorman.pooler.script.WireClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Clients that never stop asking, by each protocol, while one pooler after the other takes over: each keeps its
/// connection and gets each answer.
class HandOverLoadIT {
    private static final Logger LOG = LoggerFactory.getLogger(HandOverLoadIT.class);
    private static final int UPGRADES = Integer.getInteger("upgrades", 5);
    private static final int CLIENTS = Integer.getInteger("upgrade.clients", 20);
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    @TempDir
    private Path folder;

    private final AtomicInteger answers = new AtomicInteger();
    private final ConcurrentLinkedQueue<Long> quiet = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Long> handingOver = new ConcurrentLinkedQueue<>();
    private volatile boolean isHandingOver;
    private volatile boolean enough;

    /// One question that has the answer `n + 1`.
    private interface Asking {
        List<Reply> ask(WireClient client, int n);
    }

    private static final List<Asking> PROTOCOLS = List.of(
            (client, n) -> client.asks("select " + n + " + 1"),
            (client, n) -> client.sends(parse("", "select " + n + " + 1"), bind(""), execute(), sync())
                    .receivesReady(),
            (client, n) -> client.sends(bind("p", String.valueOf(n)), execute(), sync())
                    .receivesReady(),
            (client, n) -> {
                client.asks("begin");
                var answer = client.asks("select " + n + " + 1");
                client.asks("commit");
                return answer;
            });

    private Path config() throws Exception {
        return Files.writeString(folder.resolve("pooler.yaml"), """
            general:
              host: 127.0.0.1
              port: 0
              worker_threads: 2
              admin_username: admin
              admin_password: secret
              shutdown_timeout: 300s
              query_wait_timeout: 300s
              connect_timeout: 60s
              client_login_timeout: 300s
              log_client_connections: false
            pools:
              %s:
                server_host: 127.0.0.1
                server_port: %d
                users:
                  - {username: app, password: "%s", pool_size: 5, server_username: app, server_password: %s}
            """.formatted(
                        Door.DATABASE,
                        EmbeddedPg.shared().door().port(),
                        EmbeddedPg.shared().verifierOf("app"),
                        Door.Role.APP.password()));
    }

    @Test
    void nobodyNoticesThatPoolersTakeOver() throws Exception {
        try (var generations = new Generations(config())) {
            // given
            var door = generations.door();
            var asking = new ArrayList<CompletableFuture<Integer>>();
            for (int i = 0; i < CLIENTS; i++) {
                var protocol = PROTOCOLS.get(i % PROTOCOLS.size());
                asking.add(CompletableFuture.supplyAsync(() -> asks(door, protocol), Thread::startVirtualThread));
            }
            awaitAnswers(asking);

            // when
            for (int i = 0; i < UPGRADES; i++) {
                isHandingOver = true;
                var before = generations.upgrade();
                before.awaitEnd();
                isHandingOver = false;
                assertThat(before.clients().count()).isZero();
                before.close();
                awaitAnswers(asking);
            }

            // then
            enough = true;
            for (var client : asking) {
                assertThat(client.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isPositive();
            }
            LOG.info(
                    "{} upgrades, {} clients, {} answers; otherwise {}, while handing over {}",
                    UPGRADES,
                    CLIENTS,
                    answers,
                    percentiles(quiet),
                    percentiles(handingOver));
        }
    }

    /// Each client may have asked once more.
    private void awaitAnswers(List<CompletableFuture<Integer>> asking) {
        int before = answers.get();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (answers.get() < before + CLIENTS) {
            asking.stream().filter(CompletableFuture::isCompletedExceptionally).forEach(CompletableFuture::join);
            assertThat(System.nanoTime()).isLessThan(deadline);
            LockSupport.parkNanos(10_000_000);
        }
    }

    private static String percentiles(ConcurrentLinkedQueue<Long> nanos) {
        var sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
        return sorted.length == 0
                ? "none"
                : "p50 %d p99 %d max %d µs of %d"
                        .formatted(
                                sorted[sorted.length / 2] / 1000,
                                sorted[sorted.length * 99 / 100] / 1000,
                                sorted[sorted.length - 1] / 1000,
                                sorted.length);
    }

    /// @return how many answers came; fails on the first that is wrong or missing
    private int asks(Door door, Asking protocol) {
        int n = 0;
        try (var client = door.connect().patience(PATIENCE)) {
            client.loggedIn("app", Door.Role.APP.password(), Door.DATABASE, Map.of());
            client.sends(parse("p", "select $1 + 1", 23), sync()).receivesReady();
            while (!enough) {
                long began = System.nanoTime();
                var answer = protocol.ask(client, n);
                (isHandingOver ? handingOver : quiet).add(System.nanoTime() - began);
                n++;
                assertThat(answer.stream().filter(reply -> reply.tag() == 'D').map(Reply::firstColumn))
                        .containsExactly(String.valueOf(n));
                answers.incrementAndGet();
                LockSupport.parkNanos(20_000_000);
            }
        }
        return n;
    }
}
