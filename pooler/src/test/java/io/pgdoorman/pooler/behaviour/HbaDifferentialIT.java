package io.pgdoorman.pooler.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.hba.HbaDecision;
import io.pgdoorman.pooler.hba.HbaFault;
import io.pgdoorman.pooler.hba.HbaFiles;
import io.pgdoorman.pooler.hba.HbaMethod;
import io.pgdoorman.pooler.hba.HbaRequest;
import io.pgdoorman.pooler.hba.HbaResult;
import io.pgdoorman.pooler.hba.HbaRules;
import io.pgdoorman.pooler.script.Papers.Claims;
import io.pgdoorman.pooler.script.PoolerFixture;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.net.ssl.KeyManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The same rules decide the same here and in PostgreSQL: generated lines against `pg_hba_file_rules`, generated files
/// with all that they include against logins to both, from several addresses, with and without TLS and certificates.
///
/// The same lines and logins each time, so that a build does not fail by chance; `-Dhba.seed=N` goes elsewhere and
/// `-Dhba.files=N` on for longer.
class HbaDifferentialIT {
    private static final Logger LOG = LoggerFactory.getLogger("hba");
    private static final long SEED = Long.getLong("hba.seed", 1);
    private static final int LINES = 4_000;
    private static final int READ_FILES = 400;
    private static final int FILES = Integer.getInteger("hba.files", 12);
    private static final int LOGINS_PER_FILE = 40;

    private static final List<String> USERS = List.of("alice", "bob", "boss", "old", "staff", "ann ex", "nobody");
    private static final List<String> DATABASES = List.of("shop", "crm", "alice", "staff", "all", "nowhere");

    private static GuardedPg postgres;
    private static Map<String, KeyManager[]> papers;

    @BeforeAll
    static void start() throws IOException {
        postgres = GuardedPg.start();
        papers = certificates();
    }

    @AfterAll
    static void stop() throws IOException {
        postgres.close();
    }

    @Test
    void linesThatPostgresReadsAreReadAndOthersAreNot() throws IOException, SQLException {
        // given
        var random = new Random(SEED);
        var lines =
                IntStream.range(0, LINES).mapToObj(i -> HbaLines.any(random)).toList();
        postgres.writeRules(String.join("\n", lines));

        // when
        Map<Integer, String> theirs = postgres.faults();
        Map<Integer, String> ours = faults(String.join("\n", lines)).stream()
                .collect(Collectors.toMap(HbaFault::line, HbaFault::message, (first, second) -> first));

        // then
        var differences = new HashMap<String, String>();
        for (int i = 0; i < lines.size(); i++) {
            var their = theirs.get(i + 1);
            var our = ours.get(i + 1);
            if ((their == null) != (our == null) && !isDeclared(their, our)) {
                differences.put(lines.get(i), "PostgreSQL: " + their + ", pooler: " + our);
            }
        }
        assertThat(differences.entrySet().stream().limit(10)).as("seed " + SEED).isEmpty();
        assertThat(theirs).as("refused by PostgreSQL").hasSizeBetween(LINES / 10, LINES * 9 / 10);
    }

    @Test
    void loginsAreDecidedAsByPostgres() throws Exception {
        // given
        var random = new Random(SEED);
        var answers = new TreeMap<String, Integer>();
        var folder = postgres.folder();
        Files.writeString(folder.resolve("pg_ident.conf"), "");
        try (var pooler = pooler()) {
            var knock = new HbaKnock(
                    pooler.door().port(),
                    folder.resolve("pooler/.s.PGSQL." + pooler.door().port()),
                    null);
            for (int file = 0; file < FILES; file++) {
                var text = HbaLines.file(random, folder);
                var copy = Files.writeString(folder.resolve("rules-" + file), text);
                var maps = HbaLines.identFile(random, folder);
                var mapsCopy = Files.writeString(folder.resolve("maps-of-" + file), maps);
                Files.writeString(folder.resolve("pg_ident.conf"), maps);
                postgres.writeRules(text);
                postgres.reload();
                pooler.reload(wish ->
                        wish.general("pg_hba", "{path: " + copy + "}").general("pg_ident", "{path: " + mapsCopy + "}"));

                for (int login = 0; login < LOGINS_PER_FILE; login++) {
                    var request = request(random);
                    var name =
                            request.tls() ? HbaLines.oneOf(random, "none", "alice", "bob", "mapped", "boss") : "none";

                    // when
                    var ours = knock.asksOf(request, papers.get(name));
                    var theirs = postgres.knock().asksOf(request, papers.get(name));

                    // then
                    assertThat(ours)
                            .as("seed %d, %s with certificate %s in:%n%s%nand:%n%s", SEED, request, name, text, maps)
                            .isEqualTo(theirs);
                    answers.merge(theirs, 1, Integer::sum);
                }
            }
        }
        LOG.warn("{} logins decided as by PostgreSQL, seed {}: {}", FILES * LOGINS_PER_FILE, SEED, answers);
        assertThat(answers.keySet())
                .contains("nothing", "rejected", "no entry", "scram", "password", "certificate", "somebody else");
    }

    @Test
    void filesAreReadRuleForRule() throws IOException, SQLException {
        // given
        var random = new Random(SEED);
        int refused = 0;
        for (int file = 0; file < READ_FILES; file++) {
            var text = HbaLines.anyFile(random, postgres.folder());
            postgres.writeRules(text);

            // when
            var theirs = postgres.rules();
            var ours = rulesOrFaults(text);

            // then
            assertThat(ours).as("seed %d, file:%n%s", SEED, text).isEqualTo(theirs);
            refused += theirs.stream().anyMatch(line -> line.endsWith(" fault")) ? 1 : 0;
        }
        assertThat(refused).as("files refused by PostgreSQL").isBetween(READ_FILES / 10, READ_FILES * 9 / 10);
    }

    private static PoolerFixture pooler() throws IOException {
        var folder = postgres.folder();
        var wish = PoolerFixture.wish()
                .databases(List.of("shop", "crm", "alice", "staff", "all", "nowhere", "replication"))
                .general("host", "'::'")
                .general(
                        "unix_socket_dir",
                        Files.createDirectories(folder.resolve("pooler")).toString())
                .general("cleartext_passwords", "anywhere")
                .general("hba_roles", "{staff: [heads, old], heads: [boss]}")
                .general("pg_ident", "{path: " + folder.resolve("pg_ident.conf") + "}")
                .general("tls_certificate", folder.resolve("server.crt").toString())
                .general("tls_private_key", folder.resolve("server.key").toString())
                .general("tls_ca_cert", folder.resolve("server.crt").toString());
        for (var user : USERS) {
            if (!user.equals("old") && !user.equals("nobody")) {
                wish.user(user, "x");
            }
        }
        return wish.start();
    }

    private static Map<String, KeyManager[]> certificates() {
        var papers = new HashMap<String, KeyManager[]>();
        for (var name : List.of("alice", "bob", "mapped", "boss")) {
            var subject = name.equals("mapped") ? "CN=alice@example.com" : "CN=" + name;
            papers.put(name, postgres.authority().issues(Claims.of(subject)).keyManagers());
        }
        return papers;
    }

    private static HbaRequest request(Random random) {
        @Nullable String from = HbaLines.oneOf(random, "127.0.0.1", "127.0.0.2", "127.1.2.3", "::1", "unix");
        var address = from.equals("unix") ? null : InetAddress.ofLiteral(from);
        var physical = random.nextInt(8) == 0;
        return new HbaRequest(
                address != null && random.nextInt(3) != 0,
                address,
                physical ? "replication" : DATABASES.get(random.nextInt(DATABASES.size())),
                USERS.get(random.nextInt(USERS.size())),
                physical);
    }

    /// The pooler refuses on purpose what it cannot serve; the test's PostgreSQL has no GSSAPI, others
    /// have; and it refuses a wrong `clientcert` without showing it in its view.
    private static boolean isDeclared(@Nullable String theirs, @Nullable String ours) {
        return (theirs != null && theirs.contains("GSSAPI is not supported by this build"))
                || (ours != null
                        && (ours.contains("is not valid for method")
                                || ours.contains("invalid value for client")
                                || ours.contains("regular expression")));
    }

    private static List<HbaFault> faults(String text) {
        return switch (read(text)) {
            case HbaResult.Parsed _ -> List.of();
            case HbaResult.Unreadable(var faults) -> faults;
        };
    }

    private static HbaResult read(String text) {
        return HbaRules.parse(Path.of("/nowhere/pg_hba.conf"), text, HbaFiles.DISK);
    }

    /// As [GuardedPg#rules].
    private static Set<String> rulesOrFaults(String text) {
        return switch (HbaRules.parse(postgres.folder().resolve("pg_hba.conf"), text, HbaFiles.DISK)) {
            case HbaResult.Parsed(var rules) ->
                rules.decisions().stream().map(HbaDifferentialIT::shown).collect(Collectors.toCollection(TreeSet::new));
            case HbaResult.Unreadable(var faults) ->
                faults.stream()
                        .map(fault -> fault.file() + ":" + fault.line() + " fault")
                        .collect(Collectors.toCollection(TreeSet::new));
        };
    }

    /// As PostgreSQL's view has it: what `cert` implies is shown, and clientname is not.
    private static String shown(HbaDecision decision) {
        var options = new TreeMap<>(decision.options().values());
        options.remove("clientname");
        if (decision.method() == HbaMethod.CERT) {
            options.put("clientcert", "verify-full");
        }
        var text = options.entrySet().stream().map(Map.Entry::toString).collect(Collectors.joining(","));
        return decision.file() + ":" + decision.line() + " " + decision.method().word() + " {" + text + "}";
    }
}
