package io.pgdoorman.pooler.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.hba.HbaRequest;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Programs;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The client's system says who the client is (RFC 1413): Debian's oidentd, and systems that say what they like, asked
/// by the pooler and by PostgreSQL. Their port is 113, so root runs this.
class IdentIT {
    private static final InetAddress DOOR = InetAddress.ofLiteral("127.0.0.1");
    private static final InetAddress HOME = InetAddress.ofLiteral("127.88.0.1");
    private static final InetAddress NOBODYS = InetAddress.ofLiteral("127.88.0.3");
    private static final InetAddress SILENT = InetAddress.ofLiteral("127.88.0.4");
    private static final List<String> USERS = List.of("alice", "bob", "boss", "ann ex");
    private static final String RULES = "host all boss all ident\\nhost all all all ident map=os\\n";

    /// What stands before the name in an answer; nobody looks at its ports.
    private static final String USERID = "1,2 : USERID : UNIX : ";

    private static GuardedPg postgres;
    private static PoolerFixture pooler;

    @BeforeAll
    static void start() throws Exception {
        postgres = GuardedPg.start();
        var maps = Files.writeString(
                postgres.folder().resolve("pg_ident.conf"), """
                    os %s alice
                    os bob bob
                    os "ann " "ann ex"
                    os /^\u00e4(.*)$ \\1
                    """.formatted(System.getProperty("user.name")));
        postgres.writeRules(RULES.replace("\\n", "\n"));
        postgres.reload();
        var wish = PoolerFixture.wish()
                .databases(List.of("postgres"))
                .general("pg_hba", "{content: \"" + RULES + "\"}")
                .general("pg_ident", "{path: " + maps + "}")
                .general("login_failures_per_minute", "0");
        USERS.forEach(user -> wish.user(user, "x"));
        pooler = wish.start();
    }

    @AfterAll
    static void stop() throws IOException {
        pooler.close();
        postgres.close();
    }

    @Test
    void clientIsWhoItsSystemSays() throws Exception {
        // given
        var system = new ProcessBuilder("oidentd", "-i", "-e", "--nosyslog", "-a", HOME.getHostAddress())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            Eventually.isTrue("oidentd answers", () -> answers(HOME));

            // when then
            assertThat(decision(HOME, "alice")).isEqualTo("nothing");
            assertThat(decision(HOME, "bob")).isEqualTo("somebody else");
            assertThat(decision(HOME, "boss")).isEqualTo("somebody else");
        } finally {
            Programs.end(system);
        }
    }

    @Test
    void oddAnswersCountAsInPostgres() throws IOException {
        // given
        var answers = List.of(
                USERID + "bob\r\n",
                USERID + "boss\r\n",
                USERID + "ann \r\n",
                USERID + "  bob\r\n",
                USERID + "bob \r\n",
                USERID + "bob\n",
                USERID + "bob",
                USERID + "bob\r\nboss\r\n",
                USERID + "\r\n",
                USERID + "\u00e4bob\r\n",
                ":USERID:UNIX,UTF-8:bob\r\n",
                "x\t:\tUSERID\t:\t:bob\r\n",
                "1,2:userid:UNIX:bob\r\n",
                "1,2:USERID:UNIX\r\n",
                "1,2:USERID:bob\r\n",
                "1,2:USERIDS:UNIX:bob\r\n",
                "1,2 : ERROR : NO-USER\r\n",
                "1,2\r:USERID:UNIX:bob\r\n",
                "\r\n",
                "",
                USERID + "b".repeat(512) + "\r\n",
                USERID + "b".repeat(5_000) + "\r\n");
        for (var answer : answers) {
            var odd = InetAddress.ofLiteral("127.88.1." + answers.indexOf(answer));
            try (var _ = new ToldSystem(odd, answer)) {
                for (var user : List.of("bob", "boss", "ann ex")) {
                    // when
                    var ours = decision(odd, user);

                    // then
                    assertThat(ours)
                            .as("%s where the system says %s", user, answer)
                            .isEqualTo(decision(postgres.knock().port(), odd, user));
                }
            }
        }
    }

    @Test
    void whereNoSystemAnswersNobodyComesIn() throws IOException {
        // when then
        assertThat(decision(NOBODYS, "bob")).isEqualTo("somebody else");
    }

    @Test
    void manyLoginsFromASilentSystemKeepNobodyElseWaiting() throws Exception {
        // given
        try (var silent = new ToldSystem(SILENT, null);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var waiting = new ArrayList<Future<String>>();
            for (int i = 0; i < 60; i++) {
                waiting.add(threads.submit((Callable<String>) () -> decision(SILENT, "bob")));
            }
            Eventually.isTrue("it is asked", () -> silent.asked() == 60);

            // when
            var other = decision(NOBODYS, "bob");

            // then
            assertThat(other).isEqualTo("somebody else");
            assertThat(waiting).noneMatch(Future::isDone);
            for (var login : waiting) {
                assertThat(login.get()).isEqualTo("somebody else");
            }
        }
    }

    private static boolean answers(InetAddress at) {
        try (var _ = new Socket(at, ToldSystem.PORT)) {
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    private static String decision(InetAddress from, String user) throws IOException {
        return decision(pooler.door().port(), from, user);
    }

    private static String decision(int port, InetAddress from, String user) throws IOException {
        return new HbaKnock(port, postgres.folder(), DOOR).asksOf(new HbaRequest(false, from, "postgres", user), null);
    }
}
