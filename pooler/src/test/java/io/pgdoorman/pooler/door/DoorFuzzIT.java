package io.pgdoorman.pooler.door;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.netty.buffer.PooledByteBufAllocator;
import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.HeardLog;
import io.pgdoorman.pooler.script.Papers;
import io.pgdoorman.pooler.script.Papers.Claims;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Signer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Nothing that a peer sends before it has proven who it is, or as the first thing when it is in, stops, hangs
/// or fattens the pooler: the kept visits end as they say, and what is bred of them ends somehow, with nothing
/// left behind.
///
/// The build breeds the same few each time. `-Ddoor.fuzz.minutes=10` breeds as long, `-Ddoor.fuzz.seed=…` begins there.
class DoorFuzzIT {
    private static final Logger LOG = LoggerFactory.getLogger("door-fuzz");
    private static final long SEED = Long.getLong("door.fuzz.seed", 1);
    private static final Duration TIME =
            Duration.ofMinutes(Integer.getInteger("door.fuzz.minutes", 0)).dividedBy(2);
    private static final int LEAST = 1000;
    private static final int PEERS = 100;
    private static final String FIND = """
        create function door_find(wanted text) returns table (usename text, passwd text)
        language sql security definer set search_path = pg_catalog as $$
          select rolname::text, rolpassword from pg_authid where rolname = wanted and rolname = 'door_guest'
        $$
        """;
    private static final String RULES = String.join(
            "\\n",
            "host all token all jwt issuer=idp",
            "host all bearer all oauth issuer=\\\"https://idp.example\\\" scope=\\\"openid\\\"",
            "host all clear all password",
            "host all open all trust",
            "host all old all md5",
            "hostssl all certain,certain2 all cert",
            "host replication all all scram-sha-256",
            "host all all all scram-sha-256");

    @TempDir
    private static Path folder;

    private static Peer.Papers papers;
    private static List<Visit> corpus;

    private HeardLog errors;
    private HeardLog nettys;

    /// A client's half of TLS, with a certificate if it is asked for one, and a token for everybody.
    private record Forger(SSLContext tls, Signer signer) implements Peer.Papers {
        @Override
        public String tokenOf(String user) {
            return signer.signs(
                    Signer.claims("preferred_username", user, "iss", "https://idp.example", "aud", "doorman"));
        }

        @Override
        public SSLSocket encrypts(Spoiler socket) throws IOException {
            return (SSLSocket) tls.getSocketFactory().createSocket(socket, "localhost", socket.getPort(), false);
        }
    }

    @BeforeAll
    static void prepare() throws IOException, GeneralSecurityException {
        EmbeddedPg.shared()
                .does(
                        "create role door_asker login password 'asker-secret'",
                        "set scram_iterations = 256; create role door_guest login password 'guest-secret'",
                        FIND);
        var authority = Papers.authority("CN=test authority");
        authority.write(folder, "ca");
        authority.issues(Claims.of("CN=pooler", "localhost")).write(folder, "server");
        var signer = Signer.of("first", "EdDSA");
        Files.writeString(folder.resolve("jwks.json"), Signer.jwks(signer));
        papers = new Forger(tls(authority), signer);
        corpus = Corpus.all();
    }

    private static SSLContext tls(Papers authority) throws IOException, GeneralSecurityException {
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("ca", authority.certificate());
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        var context = SSLContext.getInstance("TLS");
        context.init(authority.issues(Claims.of("CN=certain")).keyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    @AfterAll
    static void forgetRoles() {
        EmbeddedPg.shared().does("drop function door_find(text)", "drop role door_asker", "drop role door_guest");
    }

    private static PoolerFixture start(String loginTimeout) {
        return PoolerFixture.wish()
                .serverPasswords()
                .user("token", "")
                .user("bearer", "")
                .user("certain", "")
                .user("certain2", "")
                .user("clear", "clear-secret")
                .user("open", "")
                .general("pg_hba", "{content: \"" + RULES + "\"}")
                .general("cleartext_passwords", "loopback")
                .general("client_login_timeout", loginTimeout)
                .general("login_failures_exempt", "[]")
                .general("login_failures_per_minute", "1000000")
                .general("tls_ca_cert", folder.resolve("ca.crt").toString())
                .general("tls_certificate", folder.resolve("server.crt").toString())
                .general("tls_private_key", folder.resolve("server.key").toString())
                .table(
                        "token_issuers",
                        "{idp: {keys_file: %s, issuer: 'https://idp.example', audience: [doorman]}}"
                                .formatted(folder.resolve("jwks.json")))
                .pool(
                        "auth_query",
                        "{query: \"select * from door_find($1)\", user: door_asker, password: asker-secret}")
                .start();
    }

    @BeforeEach
    void listen() {
        errors = HeardLog.of("io.pgdoorman", Level.ERROR);
        nettys = HeardLog.of("io.netty", Level.WARN);
    }

    @AfterEach
    void closes() {
        errors.close();
        nettys.close();
        System.clearProperty("pooler.tls.provider");
    }

    @Test
    void keptVisitsEndAsTheySay() throws IOException {
        // given
        List<String> meant = new ArrayList<>();
        List<String> seen = new ArrayList<>();
        try (var pooler = start("60s")) {
            for (var visit : corpus) {
                meant.add(visit.name() + ": " + visit.ends());
                try (var peer = new Peer(pooler.door(), papers)) {
                    // when
                    seen.add(visit.name() + ": " + peer.visits(visit));
                }
            }
        }

        // then
        assertThat(seen).isEqualTo(meant);
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "jdk"})
    void bredVisitsEndAndLeaveNothingBehind(String provider) {
        // given
        System.setProperty("pooler.tls.provider", provider);
        try (var pooler = start("2s")) {
            breed(pooler.door(), 50, Duration.ZERO); // what grows once is no growth
            long pinned = pinned();

            // when
            var ends = breed(pooler.door(), LEAST, TIME);

            // then
            LOG.warn(
                    "{} bred visits, TLS {}: {}",
                    ends.values().stream().mapToLong(LongAdder::sum).sum(),
                    provider,
                    ends);
            assertThat(ends).containsKeys("silently", "08P01"); // how many come in depends on the machine's haste
            assertThat(errors.lines()).isEmpty();
            leavesNothing(pooler, pinned);
        }
    }

    private static Map<String, LongAdder> breed(Door door, int least, Duration time) {
        var breeder = new Breeder(corpus);
        var ends = new ConcurrentHashMap<String, LongAdder>();
        Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
        var seed = new AtomicLong(SEED);
        long end = System.nanoTime() + time.toNanos();
        try (var peers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < PEERS; i++) {
                var _ = peers.submit(() -> {
                    while (failures.isEmpty()) {
                        long next = seed.getAndIncrement();
                        if (next >= SEED + least && System.nanoTime() - end >= 0) {
                            return;
                        }
                        var visit = breeder.child(next);
                        try (var peer = new Peer(door, papers)) {
                            ends.computeIfAbsent(peer.visits(visit), _ -> new LongAdder())
                                    .increment();
                        } catch (Exception | AssertionError e) {
                            failures.add(new AssertionError(visit.toString(), e));
                        }
                    }
                });
            }
        }
        if (!failures.isEmpty()) {
            throw new AssertionError(failures.size() + " visits failed", failures.peek());
        }
        return ends;
    }

    /// No seat is taken, nothing is held, no buffer is lost, and everybody can log in.
    private void leavesNothing(PoolerFixture pooler, long pinned) {
        pooler.reload(wish -> wish.general("max_connections", "1").general("max_address_client_connections", "1"));
        for (var role : Door.Role.values()) {
            Eventually.isTrue("there is a seat for " + role, () -> {
                try (var client = pooler.door().connect()) {
                    var last = client.logsIn(role.user(), role.password(), Door.DATABASE, Map.of())
                            .getLast();
                    return last.tag() == 'Z'
                            && client.asksOne("select current_user").equals(role.user());
                }
            });
        }
        Eventually.isTrue("nothing is held", () -> pooler.heldClientBytes() == 0);
        Eventually.isTrue("buffers are given back: " + pinned, () -> pinned() <= pinned);
        pooler.reload(wish -> wish.general("max_connections", "100").general("max_address_client_connections", "0"));
        System.gc(); // lost buffers are told by the leak detector when they are collected and another is made
        for (int i = 0; i < 3; i++) {
            try (var client = pooler.door().login()) {
                client.asks("select 1");
            }
        }
        // a handshake may fail when its connection is gone, and nobody is left to be told
        assertThat(nettys.lines())
                .filteredOn(line -> !line.contains("SslHandler$SslTasksRunner.taskError"))
                .isEmpty();
    }

    private static long pinned() {
        return PooledByteBufAllocator.DEFAULT.pinnedDirectMemory() + PooledByteBufAllocator.DEFAULT.pinnedHeapMemory();
    }
}
