package io.pgdoorman.pooler.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Crowd;
import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.Message;
import io.pgdoorman.pooler.script.PoolerProcess;
import io.pgdoorman.pooler.script.Reply;
import io.pgdoorman.pooler.script.Signer;
import io.pgdoorman.pooler.script.WallClock;
import io.pgdoorman.pooler.script.WireClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The wall clock of a process that serves jumps by a day, forward and back, as an administrator or NTP sets it; its
/// monotonic clock goes on.
class WallClockIT {
    private static final Duration DAY = Duration.ofDays(1);
    private static final int CLIENTS = 8;
    private static final int SIZE = 4;

    /// Of timeouts that must neither fire at a jump nor wait for one.
    private static final Duration SHORT = Duration.ofSeconds(3);

    private final Signer signer = Signer.of("first", "RS256");

    @TempDir
    private Path folder;

    private WallClock clock;

    @BeforeEach
    void clockIsRight() throws IOException {
        clock = new WallClock(folder);
        Files.writeString(folder.resolve("robot.pem"), signer.pem());
    }

    private PoolerProcess start() {
        return clock.of(new PoolerProcess.Wish(folder))
                .poolSize(SIZE)
                .general(
                        "client_idle_timeout: 1h",
                        "idle_transaction_timeout: " + SHORT.toSeconds() + "s",
                        "server_lifetime: 1h",
                        "idle_timeout: 1h",
                        "query_wait_timeout: 60s",
                        "cleartext_passwords: loopback")
                .user(
                        "{username: robot, password: \"jwt-pkey-fpath:%s\", pool_size: 1, server_username: app, server_password: %s}"
                                .formatted(folder.resolve("robot.pem"), Door.Role.APP.password()))
                .logsClients()
                .start();
    }

    private static WireClient login(Door door) {
        var client = door.connect();
        client.sends(Message.startup(Map.of("user", "app", "database", Door.DATABASE)))
                .receivesReady();
        return client;
    }

    private Reply presents(Door door, Duration left) {
        var claims = Signer.claims("preferred_username", "robot");
        claims.put("exp", Instant.now().plus(left).getEpochSecond());
        try (var client = door.connect()) {
            return client.logsIn("robot", signer.signs(claims), Door.DATABASE, Map.of())
                    .getLast();
        }
    }

    private static Set<String> servers(Door door) {
        try (var console = door.connect().loggedIn("admin", "secret", "pgdoorman", Map.of())) {
            return console.asks("show servers").stream()
                    .filter(reply -> reply.tag() == 'D')
                    .map(reply -> reply.columns().get(1))
                    .collect(Collectors.toSet());
        }
    }

    /// How long a client may be idle in a transaction.
    private static Duration patience(Door door) {
        try (var client = login(door)) {
            client.asks("begin; select 1");
            long begun = System.nanoTime();
            assertThat(client.patience(Duration.ofSeconds(30))
                            .receivesToEnd()
                            .getLast()
                            .sqlState())
                    .isEqualTo("25P03");
            return Duration.ofNanos(System.nanoTime() - begun);
        }
    }

    private static String lastDate(PoolerProcess pooler) {
        login(pooler.door()).close();
        var lines = pooler.log().lines().toList();
        return lines.getLast().substring(0, "2026-01-01".length());
    }

    private static String dateIn(Duration ahead) {
        return Instant.now().plus(ahead).toString().substring(0, "2026-01-01".length());
    }

    @Test
    void aDayForwardAndBackIsSeenInDatesOnly() throws IOException {
        // given
        try (var pooler = start();
                var crowd = Crowd.at(pooler.door(), CLIENTS, "clock");
                var idle = login(pooler.door())) {
            crowd.untilAllWork();
            var before = servers(pooler.door());
            assertThat(presents(pooler.door(), Duration.ofHours(1)).tag()).isEqualTo('Z');

            for (var ahead : List.of(DAY, Duration.ZERO, DAY.negated(), Duration.ZERO)) {
                // when
                clock.setAhead(ahead);

                // then
                assertThat(crowd.untilAllWork()).as("all work after %s", ahead).isLessThan(Duration.ofSeconds(30));
                assertThat(idle.asksOne("select 1")).isEqualTo("1");
                assertThat(patience(pooler.door()))
                        .isBetween(SHORT.minusMillis(100), SHORT.plus(Duration.ofSeconds(15)));
                Eventually.isTrue(
                        "lines are dated " + dateIn(ahead),
                        () -> lastDate(pooler).equals(dateIn(ahead)));
                boolean holds = presents(pooler.door(), Duration.ofHours(1)).tag() == 'Z';
                assertThat(holds).as("a token of one hour, %s", ahead).isEqualTo(!ahead.equals(DAY));
            }
            assertThat(servers(pooler.door())).containsAll(before);
            assertThat(crowd.errors()).isEmpty();
            assertThat(crowd.wrong()).isZero();
            assertThat(pooler.log()).doesNotContain("ERROR");
        }
    }

    @Test
    void whoWaitsIsRefusedInTime() throws IOException {
        // given
        try (var pooler = clock.of(new PoolerProcess.Wish(folder))
                .poolSize(1)
                .general("query_wait_timeout: " + SHORT.toSeconds() + "s")
                .start()) {
            for (var ahead : List.of(DAY, DAY.negated())) {
                try (var holder = login(pooler.door());
                        var waiter = login(pooler.door())) {
                    holder.asks("begin; select 1");
                    long asked = System.nanoTime();
                    waiter.sends(Message.query("select 1"));

                    // when
                    clock.setAhead(ahead);
                    var refusal = waiter.receivesReady();

                    // then
                    assertThat(refusal.getFirst().sqlState()).isEqualTo("53300");
                    assertThat(System.nanoTime() - asked)
                            .isBetween(
                                    SHORT.toNanos() - TimeUnit.MILLISECONDS.toNanos(100),
                                    SHORT.multipliedBy(5).toNanos());
                }
            }
        }
    }
}
