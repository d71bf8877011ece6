package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.script.Message.startup;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.Message;
import io.pgdoorman.pooler.script.PgNode;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Reply;
import io.pgdoorman.pooler.script.WireClient;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Users who stand in no list of the configuration: PostgreSQL knows them.
class AuthQueryIT {
    private static final String FIND = """
        create function find_user(wanted text, out usename text, out passwd text) returns setof record
        language plpgsql security definer set search_path = pg_catalog as $$
        begin
          insert into public.asked values (wanted);
          return query select rolname::text, rolpassword from pg_authid where rolname = wanted and rolcanlogin;
        end $$
        """;

    private static final String FIND_SLOWLY = """
        create function find_slowly(wanted text) returns text
        language sql security definer set search_path = pg_catalog as $$
          select pg_sleep(0.5);
          select passwd from public.find_user(wanted)
        $$
        """;

    @BeforeAll
    static void prepare() {
        EmbeddedPg.shared()
                .does(
                        "create role elders",
                        "create role asker login password 'asker-secret'",
                        "create role together login password 'together-secret'",
                        "create table asked (name text)",
                        FIND,
                        FIND_SLOWLY);
    }

    private static void role(String name, String password, String encryption) {
        EmbeddedPg.shared()
                .does("set password_encryption = '%s'; create role %s login password '%s'"
                        .formatted(encryption, name, password));
    }

    private static void role(String name) {
        role(name, name + "-secret", "scram-sha-256");
    }

    private static String query(String query, String more) {
        return "{query: \"" + query + "\", user: asker, password: asker-secret, min_interval: 0" + more + "}";
    }

    private static String query(String more) {
        return query("select * from find_user($1)", more);
    }

    private static PoolerFixture.Wish asking(String more) {
        return PoolerFixture.wish().pool("auth_query", query(more));
    }

    private static String refusal(Door door, String user, String password) {
        return refusal(door, user, password, Door.DATABASE);
    }

    private static String refusal(Door door, String user, String password, String database) {
        try (var client = door.connect()) {
            return client.logsIn(user, password, database, Map.of()).stream()
                    .filter(reply -> reply.tag() == 'E')
                    .map(Reply::error)
                    .findFirst()
                    .orElse("");
        }
    }

    private static WireClient login(PoolerFixture pooler, String user, String password) {
        return pooler.door().connect().loggedIn(user, password, Door.DATABASE, Map.of());
    }

    private static long askedFor(String user) {
        return Long.parseLong(EmbeddedPg.shared()
                .asks("select count(*) from asked where name = '" + user + "'")
                .getFirst());
    }

    /// The rows of an answer of the console, their columns separated by spaces.
    private static List<String> console(PoolerFixture pooler, String command) {
        try (var console = pooler.door()
                .connect()
                .loggedIn(PoolerFixture.ADMIN, PoolerFixture.ADMIN_PASSWORD, "pgdoorman", Map.of())) {
            return console.asks(command).stream()
                    .filter(reply -> reply.tag() == 'D')
                    .map(reply -> String.join(" ", reply.columns()))
                    .toList();
        }
    }

    private static boolean hasPool(PoolerFixture pooler, String user) {
        return console(pooler, "show pools").stream().anyMatch(row -> row.contains(" " + user + " "));
    }

    // ---- passthrough

    @Test
    void userIsServedAsItselfByTheProofThatItGaveAndAskedForOnce() {
        // given
        role("pat");
        var interval = query("").replace("min_interval: 0", "min_interval: 1h");
        try (var pooler = PoolerFixture.wish().pool("auth_query", interval).start();
                var first = login(pooler, "pat", "pat-secret");
                var second = login(pooler, "pat", "pat-secret")) {
            // when
            var who = first.asksOne("select current_user");

            // then
            assertThat(who).isEqualTo("pat");
            assertThat(second.asksOne("select current_user")).isEqualTo("pat");
            assertThat(askedFor("pat")).isEqualTo(1);
            assertThat(refusal(pooler.door(), "pat", "wrong"))
                    .isEqualTo("FATAL 28P01 password authentication failed for user \"pat\"");
        }
    }

    @Test
    void md5HashLogsInToo() throws Exception {
        // given
        role("elder", "elder-secret", "md5");
        EmbeddedPg.shared().does("grant elders to elder");
        try (var pooler = asking("")
                .general("pg_hba", "{content: \"host all all all md5\"}")
                .start()) {
            // when then
            assertThat(pooler.logsIn("elder", "elder-secret")).isEqualTo("elder");
        }
    }

    @Test
    void newMd5PasswordLetsInAtOnceAndTheOldOneNoMore() throws Exception {
        // given
        role("changer", "before", "md5");
        EmbeddedPg.shared().does("grant elders to changer");
        try (var pooler = asking("")
                .general("pg_hba", "{content: \"host all all all md5\"}")
                .start()) {
            assertThat(pooler.logsIn("changer", "before")).isEqualTo("changer");

            // when
            EmbeddedPg.shared().does("set password_encryption = 'md5'; alter role changer password 'after'");

            // then
            assertThat(pooler.logsIn("changer", "after")).isEqualTo("changer");
            assertThat(refusal(pooler.door(), "changer", "before")).startsWith("FATAL 28P01");
        }
    }

    @Test
    void newScramPasswordLetsInAtOnceAndTheOldOneNoMore() throws Exception {
        // given
        role("rosa");
        try (var pooler = asking("").start()) {
            assertThat(pooler.logsIn("rosa", "rosa-secret")).isEqualTo("rosa");

            // when
            EmbeddedPg.shared().does("alter role rosa password 'after'");

            // then
            assertThat(pooler.logsIn("rosa", "after")).isEqualTo("rosa");
            assertThat(refusal(pooler.door(), "rosa", "rosa-secret")).startsWith("FATAL 28P01");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"scram-sha-256", "md5", "password"})
    void oldPasswordAndRoleThatIsGoneAreRefusedAtOnce(String method) {
        // given
        var name = "gone_" + method.substring(0, 2);
        role(name, "before", method.equals("md5") ? "md5" : "scram-sha-256");
        EmbeddedPg.shared().does("grant elders to " + name);
        try (var pooler = asking("")
                .general("cleartext_passwords", "loopback")
                .general("pg_hba", "{content: \"host all all all " + method + "\"}")
                .start()) {
            login(pooler, name, "before").close();

            // when
            EmbeddedPg.shared()
                    .does("set password_encryption = '%s'; alter role %s password 'after'"
                            .formatted(method.equals("md5") ? "md5" : "scram-sha-256", name));

            // then
            assertThat(refusal(pooler.door(), name, "before")).startsWith("FATAL 28P01");
            assertThat(refusal(pooler.door(), name, "after")).isEmpty();

            // when
            EmbeddedPg.shared().does("alter role " + name + " nologin");

            // then
            assertThat(refusal(pooler.door(), name, "after")).startsWith("FATAL 28P01");
        }
    }

    @Test
    void otherKindOfVerifierLetsInTheNextTime() throws Exception {
        // given
        role("kim", "kim-secret", "md5");
        EmbeddedPg.shared().does("grant elders to kim");
        try (var pooler = asking("")
                .general("pg_hba", "{content: \"host all all all md5\"}")
                .start()) {
            assertThat(pooler.logsIn("kim", "kim-secret")).isEqualTo("kim");

            // when
            EmbeddedPg.shared().does("set password_encryption = 'scram-sha-256'; alter role kim password 'after'");

            // then: asked by md5, which no password can answer any more
            assertThat(refusal(pooler.door(), "kim", "kim-secret")).startsWith("FATAL 28P01");
            assertThat(pooler.logsIn("kim", "after")).isEqualTo("kim");
        }
    }

    @Test
    void whoWasAskedForJustNowIsTakenFromMemory() throws Exception {
        // given
        role("nick");
        var interval = query("").replace("min_interval: 0", "min_interval: 1h");
        try (var pooler = PoolerFixture.wish().pool("auth_query", interval).start()) {
            // when
            for (int i = 0; i < 3; i++) {
                assertThat(pooler.logsIn("nick", "nick-secret")).isEqualTo("nick");
            }

            // then
            assertThat(askedFor("nick")).isEqualTo(1);
        }
    }

    @Test
    void postgresThatHangsHoldsUpNobodyWhoIsRemembered() throws Exception {
        // given
        role("hank");
        try (var pooler = asking("").start();
                var blocker = EmbeddedPg.shared().superuser(Door.DATABASE);
                var statement = blocker.createStatement()) {
            assertThat(pooler.logsIn("hank", "hank-secret")).isEqualTo("hank");
            blocker.setAutoCommit(false);
            statement.execute("lock table asked");

            // when then
            assertThat(pooler.logsIn("hank", "hank-secret")).isEqualTo("hank");
        }
    }

    @Test
    void passwordThatComesBeforeItIsAskedForIsRead() {
        // given
        role("hasty");
        try (var pooler = asking("")
                        .general("cleartext_passwords", "loopback")
                        .general("pg_hba", "{content: \"host all all all password\"}")
                        .start();
                var client = pooler.door().connect()) {
            // when
            client.sends(
                    startup(Map.of("user", "hasty", "database", Door.DATABASE)),
                    Message.password("hasty-secret\0".getBytes(StandardCharsets.UTF_8)));

            // then
            assertThat(client.receives().body()).as("the question").hasSize(4);
            assertThat(client.receives().body()).as("the answer is good").isEqualTo("\0\0\0\0");
        }
    }

    @Test
    void newPasswordInClearLetsInAtOnce() throws Exception {
        // given
        role("clara");
        try (var pooler = asking("")
                .general("cleartext_passwords", "loopback")
                .general("pg_hba", "{content: \"host all all all password\"}")
                .start()) {
            assertThat(pooler.logsIn("clara", "clara-secret")).isEqualTo("clara");

            // when
            EmbeddedPg.shared().does("alter role clara password 'after'");

            // then
            assertThat(pooler.logsIn("clara", "after")).isEqualTo("clara");
        }
    }

    @Test
    void samePasswordWithAnotherSaltRecovers() {
        // given
        role("sally");
        try (var pooler = asking("").start()) {
            login(pooler, "sally", "sally-secret").close();
            EmbeddedPg.shared().does("alter role sally password 'sally-secret'");
            EmbeddedPg.shared().asks("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'sally'");

            // when then
            Eventually.isTrue("sally is served again", () -> {
                try {
                    return pooler.logsIn("sally", "sally-secret").equals("sally");
                } catch (SQLException _) {
                    return false;
                }
            });
        }
    }

    @Test
    void userThatAppearsIsLetInAtOnce() throws Exception {
        // given
        try (var pooler = asking("").start()) {
            assertThat(refusal(pooler.door(), "nora", "nora-secret")).startsWith("FATAL 28P01");

            // when
            role("nora");

            // then
            assertThat(pooler.logsIn("nora", "nora-secret")).isEqualTo("nora");
        }
    }

    @Test
    void poolEndsWhenNobodyIsInAndItsServersAreGone() {
        // given
        role("gina");
        try (var pooler = asking("")
                .pool("idle_timeout", "100ms")
                .general("retain_connections_time", "100ms")
                .start()) {
            try (var client = login(pooler, "gina", "gina-secret")) {
                client.asksOne("select 1");
                assertThat(hasPool(pooler, "gina")).isTrue();
            }

            // when then
            Eventually.isTrue("its pool is gone", () -> !hasPool(pooler, "gina"));
            try (var again = login(pooler, "gina", "gina-secret")) {
                assertThat(again.asksOne("select current_user")).isEqualTo("gina");
            }
        }
    }

    @Test
    void noMoreUsersThanMaxUsersHavePoolsAtOnce() {
        // given
        role("one");
        role("two");
        try (var pooler = asking(", max_users: 1").start()) {
            try (var one = login(pooler, "one", "one-secret")) {
                assertThat(one.asksOne("select current_user")).isEqualTo("one");

                // when then
                assertThat(refusal(pooler.door(), "two", "two-secret"))
                        .isEqualTo("FATAL 53300 too many users of database \"shop\" at once");
            }
            Eventually.isTrue(
                    "the place of one is taken by two",
                    () -> refusal(pooler.door(), "two", "two-secret").isEmpty());
        }
    }

    @Test
    void pauseHoldsForPoolsThatAreMadeLater() throws Exception {
        // given
        role("late");
        try (var pooler = asking("").general("query_wait_timeout", "60s").start()) {
            console(pooler, "pause shop");
            var comes = Executors.newVirtualThreadPerTaskExecutor();
            try (comes) {
                // when
                var login = comes.submit(() -> pooler.logsIn("late", "late-secret"));

                // then
                Eventually.isTrue("its pool is there", () -> hasPool(pooler, "late"));
                assertThat(console(pooler, "show servers")).noneMatch(row -> row.contains(" late "));
                assertThat(login.isDone()).isFalse();

                // when
                console(pooler, "resume shop");

                // then
                assertThat(login.get()).isEqualTo("late");
            }
        }
    }

    @Test
    void consoleTellsWhatCameOfIt() {
        // given
        role("stan");
        try (var pooler = asking("").start();
                var in = login(pooler, "stan", "stan-secret")) {
            refusal(pooler.door(), "stan", "wrong");

            // when
            var row = console(pooler, "show auth_query").getFirst();

            // then
            assertThat(row).isEqualTo("shop 1 1 1 1 0 1 1 2 0 1 1 0");
            assertThat(in.asksOne("select 1")).isEqualTo("1");
        }
    }

    @Test
    void parametersOfAUserAreThoseOfItsSessions() {
        // given
        role("paul");
        var query = "select passwd, case when usename = 'paul' then '{\\\"work_mem\\\": \\\"7MB\\\", \\\"role\\\":"
                + " \\\"app\\\"}' end as startup_parameters from find_user($1)";
        try (var pooler = PoolerFixture.wish()
                        .pool("auth_query", query(query, ""))
                        .start();
                var client = login(pooler, "paul", "paul-secret")) {
            // when then
            assertThat(client.asksOne("show work_mem")).isEqualTo("7MB");
            assertThat(client.asksOne("select current_user")).isEqualTo("paul");

            // when
            pooler.reload(wish -> wish.pool("auth_query", query(query.replace("7MB", "9MB"), "")));
            login(pooler, "paul", "paul-secret").close();

            // then
            Eventually.isTrue(
                    "the change is there", () -> client.asksOne("show work_mem").equals("9MB"));
        }
    }

    // ---- dedicated

    @Test
    void sharedRoleServesAllUsers() throws Exception {
        // given
        role("dick");
        role("jane");
        try (var pooler = asking(", server_user: together, server_password: together-secret")
                .start()) {
            // when then
            assertThat(pooler.logsIn("dick", "dick-secret")).isEqualTo("together");
            try (var jane = login(pooler, "jane", "jane-secret")) {
                assertThat(jane.asksOne("select current_user")).isEqualTo("together");
                assertThat(console(pooler, "show clients")).anyMatch(row -> row.contains(" shop jane "));
                assertThat(console(pooler, "show pools"))
                        .anyMatch(row -> row.startsWith("shop together transaction 1 0 0 "));
            }
            assertThat(hasPool(pooler, "together")).isTrue();
            assertThat(hasPool(pooler, "jane")).isFalse();
            assertThat(refusal(pooler.door(), "jane", "dick-secret")).startsWith("FATAL 28P01");
        }
    }

    // ---- who does not come in

    @Test
    void unknownUserSeesWhatAWrongPasswordWouldAndTheListGoesFirst() {
        // given
        try (var pooler = asking("").start()) {
            // when then
            assertThat(refusal(pooler.door(), "stranger", "x"))
                    .isEqualTo("FATAL 28P01 password authentication failed for user \"stranger\"");
            assertThat(refusal(pooler.door(), "app", "app-secret")).isEmpty();
            assertThat(askedFor("app")).isZero();
            var tooLong = "x".repeat(64);
            assertThat(refusal(pooler.door(), tooLong, "x")).startsWith("FATAL 28P01");
            assertThat(askedFor(tooLong)).isZero();
        }
    }

    @Test
    void unknownUserIsAskedAsAKnownOneIsAndAsManyQueriesAreMade() {
        // given
        role("real");
        role("aged", "aged-secret", "md5");
        for (var method : List.of("scram-sha-256", "md5", "password")) {
            try (var pooler = asking("")
                    .general("cleartext_passwords", "loopback")
                    .general("pg_hba", "{content: \"host all all all " + method + "\"}")
                    .start()) {
                refusal(pooler.door(), "real", "wrong");

                // when then
                assertThat(dialogue(pooler, "nobody1")).as(method).isEqualTo(dialogue(pooler, "real"));
                refusal(pooler.door(), "aged", "wrong");
                assertThat(dialogue(pooler, "nobody2")).as(method).isEqualTo(dialogue(pooler, "aged"));
                assertThat(askedFor("nobody2")).isPositive();
            }
        }
    }

    /// How the user is asked, what is said about a wrong password, and how often PostgreSQL was asked for that.
    private static List<String> dialogue(PoolerFixture pooler, String user) {
        refusal(pooler.door(), user, "wrong"); // so that each is remembered
        try (var client = pooler.door().connect()) {
            var asks = client.sends(startup(Map.of("user", user, "database", Door.DATABASE)))
                    .receives()
                    .body();
            long before = askedFor(user);
            var said = refusal(pooler.door(), user, "wrong").replace(user, "USER");
            return List.of(asks.length() + " " + asks.substring(0, 4), said, String.valueOf(askedFor(user) - before));
        }
    }

    @Test
    void consoleIsNotForThem() {
        // given
        role("curious");
        try (var pooler = asking("").start()) {
            // when then
            assertThat(refusal(pooler.door(), "curious", "curious-secret", "pgdoorman"))
                    .startsWith("FATAL 28P01");
            assertThat(askedFor("curious")).isZero();
        }
    }

    @Test
    void herdOfLoginsOfOneUserIsOneQuery() {
        // given
        int herd = 200;
        List<WireClient> clients = new ArrayList<>();
        try (var pooler = PoolerFixture.wish()
                .pool("auth_query", query("select find_slowly($1)", ""))
                .start()) {
            // when
            for (int i = 0; i < herd; i++) {
                clients.add(pooler.door().connect().sends(startup(Map.of("user", "bison", "database", Door.DATABASE))));
            }

            // then
            clients.forEach(client -> assertThat(client.receives().tag()).isEqualTo('R'));
            assertThat(askedFor("bison")).isEqualTo(1);
        } finally {
            clients.forEach(WireClient::close);
        }
    }

    @Test
    void faultyQueryIsNoUnknownUser() {
        // given
        try (var pooler = PoolerFixture.wish()
                .pool("auth_query", query("select usename, passwd from pg_shadow where usename = $1", ""))
                .start()) {
            // when then
            assertThat(refusal(pooler.door(), "nobody", "x"))
                    .isEqualTo("FATAL 58000 user \"nobody\" cannot be looked up at the moment");

            // when
            pooler.reload(wish -> wish.pool("auth_query", query("")));

            // then
            assertThat(refusal(pooler.door(), "nobody", "x")).startsWith("FATAL 28P01");

            // when
            pooler.reload(wish ->
                    wish.pool("auth_query", query("select 'a' passwd where $1 <> '' union all select 'b' passwd", "")));

            // then
            assertThat(refusal(pooler.door(), "nobody", "x")).startsWith("FATAL 58000");
        }
    }

    @Test
    void whilePostgresIsAwayNobodyCanBeLookedUpAndAfterwardsAllCan() {
        // given
        try (var node = PgNode.primary()) {
            node.does("postgres", "create role asker login superuser");
            node.does("postgres", "create role dora login password 'dora-secret'");
            try (var pooler = PoolerFixture.wish()
                    .pool("server_port", String.valueOf(node.port()))
                    .pool("auth_query", query("select rolpassword from pg_authid where rolname = $1", ""))
                    .start()) {
                assertThat(refusal(pooler.door(), "dora", "dora-secret")).isEmpty();
                assertThat(refusal(pooler.door(), "ghost", "x")).startsWith("FATAL 28P01");

                // when
                node.stop("fast");

                // then
                assertThat(refusal(pooler.door(), "other", "x")).startsWith("FATAL 58000");
                assertThat(refusal(pooler.door(), "dora", "wrong")).startsWith("FATAL 28P01"); // she is remembered

                // when
                node.start();

                // then
                Eventually.isTrue(
                        "users are looked up again",
                        () -> refusal(pooler.door(), "other", "x").startsWith("FATAL 28P01"));
                Eventually.isTrue(
                        "dora is in again",
                        () -> refusal(pooler.door(), "dora", "dora-secret").isEmpty());
            }
        }
    }

    // ---- reload

    @Test
    void reloadKeepsPoolsAndChangesThemUntilTheQueryIsGone() {
        // given
        role("kate");
        try (var pooler = asking("").start();
                var client = login(pooler, "kate", "kate-secret")) {
            var pid = client.asksOne("select pg_backend_pid()");

            // when
            pooler.reload(wish -> wish.pool("auth_query", query(", pool_size: 3")));

            // then
            assertThat(client.asksOne("select pg_backend_pid()")).isEqualTo(pid);
            assertThat(hasPool(pooler, "kate")).isTrue();

            // when
            pooler.reload(wish -> wish.pool("auth_query", "null"));

            // then
            assertThat(client.receivesToEnd().getLast().sqlState()).isEqualTo("57P01");
            assertThat(refusal(pooler.door(), "kate", "kate-secret")).startsWith("FATAL 28P01");
        }
    }
}
