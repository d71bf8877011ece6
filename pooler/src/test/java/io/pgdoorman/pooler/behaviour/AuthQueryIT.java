package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.behaviour.AskedUsers.askedFor;
import static io.pgdoorman.pooler.behaviour.AskedUsers.asking;
import static io.pgdoorman.pooler.behaviour.AskedUsers.console;
import static io.pgdoorman.pooler.behaviour.AskedUsers.hasPool;
import static io.pgdoorman.pooler.behaviour.AskedUsers.login;
import static io.pgdoorman.pooler.behaviour.AskedUsers.query;
import static io.pgdoorman.pooler.behaviour.AskedUsers.refusal;
import static io.pgdoorman.pooler.behaviour.AskedUsers.role;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.PoolerFixture;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/// Users who stand in no list of the configuration: PostgreSQL knows them.
class AuthQueryIT {
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
