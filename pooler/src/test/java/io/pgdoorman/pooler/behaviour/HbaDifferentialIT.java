package io.pgdoorman.pooler.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.hba.HbaDecision;
import io.pgdoorman.pooler.hba.HbaFault;
import io.pgdoorman.pooler.hba.HbaFiles;
import io.pgdoorman.pooler.hba.HbaMethod;
import io.pgdoorman.pooler.hba.HbaRequest;
import io.pgdoorman.pooler.hba.HbaResult;
import io.pgdoorman.pooler.hba.HbaRules;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The same rules decide the same here and in PostgreSQL: generated lines against `pg_hba_file_rules`,
/// generated files and logins against real logins.
///
/// The same lines and logins each time, so that a build does not fail by chance; `-Dhba.seed=N` goes elsewhere and
/// `-Dhba.files=N` on for longer.
class HbaDifferentialIT {
    private static final long SEED = Long.getLong("hba.seed", 1);
    private static final int LINES = 4_000;
    private static final int FILES = Integer.getInteger("hba.files", 6);
    private static final int LOGINS_PER_FILE = 40;

    private static final List<String> USERS = List.of("alice", "bob", "boss", "old", "staff", "ann ex", "nobody");
    private static final List<String> DATABASES = List.of("shop", "crm", "alice", "staff", "all", "nowhere");

    private static GuardedPg postgres;

    @BeforeAll
    static void start() throws IOException {
        postgres = GuardedPg.start();
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
    void loginsAreDecidedAsByPostgres() throws IOException, SQLException {
        // given
        var random = new Random(SEED);
        var kinds = new HashMap<HbaMethod, Integer>();
        for (int file = 0; file < FILES; file++) {
            var text = IntStream.range(0, 2 + random.nextInt(8))
                    .mapToObj(i -> HbaLines.valid(random))
                    .collect(Collectors.joining("\n"));
            var rules = rules(text);
            postgres.writeRules(text);
            postgres.reload();

            for (int login = 0; login < LOGINS_PER_FILE; login++) {
                var request = request(random);

                // when
                var decision = rules.decide(request, GuardedPg.SURROUNDINGS);
                var theirs = postgres.asksOf(request);

                // then
                assertThat(asked(decision, request))
                        .as("seed %d, %s in:%n%s", SEED, request, text)
                        .isEqualTo(theirs);
                kinds.merge(decision.method(), 1, Integer::sum);
            }
        }
        assertThat(kinds).as("seed " + SEED).hasSizeGreaterThan(4);
    }

    /// What a client is asked first, as [GuardedPg#asksOf] tells it.
    private static String asked(HbaDecision decision, HbaRequest request) {
        return switch (decision.method()) {
            case TRUST -> "nothing";
            case REJECT -> "rejected";
            case NO_MATCH -> "no entry";
            case SCRAM_SHA_256 -> "scram";
            case PASSWORD, JWT, LDAP, PAM, OAUTH -> "password";
            case CERT -> "certificate";
            case MD5 -> request.user().equals("old") ? "md5" : "scram";
        };
    }

    private static HbaRequest request(Random random) {
        @Nullable String from = HbaLines.oneOf(random, "127.0.0.1", "127.0.0.2", "127.1.2.3", "::1", "unix");
        var address = from.equals("unix") ? null : InetAddress.ofLiteral(from);
        var physical = random.nextInt(8) == 0;
        return new HbaRequest(
                address != null && random.nextBoolean(),
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
                        && (ours.contains("not supported yet")
                                || ours.contains("is not valid for method")
                                || ours.contains("invalid value for client")
                                || ours.contains("regular expression")));
    }

    private static List<HbaFault> faults(String text) {
        return switch (read(text)) {
            case HbaResult.Parsed _ -> List.of();
            case HbaResult.Unreadable(var faults) -> faults;
        };
    }

    private static HbaRules rules(String text) {
        return switch (read(text)) {
            case HbaResult.Parsed(var rules) -> rules;
            case HbaResult.Unreadable(var faults) -> throw new AssertionError(faults + " in\n" + text);
        };
    }

    private static HbaResult read(String text) {
        return HbaRules.parse(Path.of("/nowhere/pg_hba.conf"), text, HbaFiles.DISK);
    }
}
