package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.script.Message.cancelRequest;
import static io.pgdoorman.pooler.script.Message.copyData;
import static io.pgdoorman.pooler.script.Message.copyDone;
import static io.pgdoorman.pooler.script.Message.query;
import static io.pgdoorman.pooler.script.Message.tagged;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.Message;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Reply;
import io.pgdoorman.pooler.script.ToBoth;
import io.pgdoorman.pooler.script.WireClient;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Walsenders pass through the pooler: each client has one of its own, and all bytes are PostgreSQL's.
class ReplicationIT {
    private static final EmbeddedPg POSTGRES = EmbeddedPg.shared();
    private static final PoolerFixture POOLER = PoolerFixture.wish().poolSize(1).start();
    private static final Map<String, String> PHYSICAL = Map.of("replication", "true", "application_name", "standby");
    private static final Map<String, String> LOGICAL = Map.of("replication", "database");

    @BeforeAll
    static void preparesRoles() {
        POSTGRES.does("alter role app replication");
    }

    @AfterAll
    static void stops() {
        POOLER.close();
        POSTGRES.does("alter role app noreplication");
    }

    @ParameterizedTest
    @ValueSource(strings = {"true", "on", "1", "T", "yes", "database", "off", "NO", "0", "fal", "of"})
    void walsenderAnswersAsPostgresql(String replication) {
        // when then
        new ToBoth(POSTGRES.door(), POOLER.door()).playsOnStage(stage -> {
            var client = stage.login(Door.Role.APP, Map.of("replication", replication));
            client.asks("SHOW wal_level");
            client.asks("TIMELINE_HISTORY 99");
            client.asks("NO_SUCH_COMMAND");
            client.asks("select current_database()");
            client.asks("READ_REPLICATION_SLOT nothing");
            client.sends(query("SHOW port"), query("SHOW nothing"), query("SHOW wal_level"))
                    .receivesReady(3);
        });
    }

    @Test
    void otherValuesAreRefusedAsByPostgresql() {
        for (var value : List.of("maybe", "o", "", "Database", "truex")) {
            // when
            var fromPooler = refusal(POOLER.door(), Map.of("replication", value));

            // then
            assertThat(fromPooler).as(value).isEqualTo(refusal(POSTGRES.door(), Map.of("replication", value)));
        }
    }

    @Test
    void whoMayNotReplicateIsToldSo() {
        // when
        var replies = refusal(POOLER.door(), Door.Role.CLERK, PHYSICAL);

        // then
        assertThat(replies).contains("permission denied to start WAL sender");
    }

    @Test
    void rulesOfReplicationDecide() {
        // given
        try (var pooler = PoolerFixture.wish().general("pg_hba", """
            {content: "host all all all scram-sha-256"}\
            """).start();
                var client = pooler.door().connect()) {
            // when
            var replies = client.logsIn("app", "app-secret", Door.DATABASE, PHYSICAL);

            // then
            assertThat(replies.getLast().error())
                    .isEqualTo("FATAL 28000 no pg_hba.conf entry for replication connection from host \"127.0.0.1\","
                            + " user \"app\", no encryption");
            pooler.door().login(Door.Role.APP, LOGICAL).close();
        }
    }

    @Test
    void databaseNeedsNoNameInPhysicalReplication() {
        for (var database : List.of("replication", Door.DATABASE, "")) {
            try (var client = POOLER.door().connect()) {
                // when
                client.loggedIn("app", "app-secret", database, PHYSICAL);

                // then
                assertThat(client.asks("IDENTIFY_SYSTEM").getLast().body()).isEqualTo("I");
            }
        }
    }

    @Test
    void physicalStreamPasses() {
        // given
        try (var client = POOLER.door().login(Door.Role.APP, PHYSICAL)) {
            String from = POSTGRES.asks("select pg_current_wal_lsn()").getFirst();

            // when
            client.sends(query("START_REPLICATION PHYSICAL " + from)).receivesUntil('W');
            POSTGRES.does("select pg_logical_emit_message(false, 'x', repeat('through the wal', 20000), true)");

            // then
            assertThat(streamed(client, "through the walthrough the wal")).isTrue();
            assertThat(POSTGRES.asks("select state from pg_stat_replication where application_name = 'standby'"))
                    .containsExactly("streaming");
            client.sends(standbyStatus(), copyDone()).receivesReady();
            assertThat(client.asks("SHOW wal_level").get(1).firstColumn()).isEqualTo("logical");
        }
    }

    @Test
    void logicalStreamPasses() {
        // given
        POSTGRES.does(
                "drop table if exists streamed; create table streamed (id int primary key, name text); grant select on"
                        + " streamed to app");
        POSTGRES.does("create publication doorman_pub for table streamed");
        try (var client = POOLER.door().login(Door.Role.APP, LOGICAL)) {
            client.asks("CREATE_REPLICATION_SLOT doorman_slot TEMPORARY LOGICAL pgoutput");
            client.sends(query("START_REPLICATION SLOT doorman_slot LOGICAL 0/0"
                            + " (proto_version '1', publication_names 'doorman_pub')"))
                    .receivesUntil('W');

            // when
            POSTGRES.does("insert into streamed values (1, 'first word'), (2, repeat('long', 100000))");

            // then
            assertThat(streamed(client, "first word")).isTrue();
            assertThat(streamed(client, "longlonglong")).isTrue();
            client.sends(standbyStatus(), copyDone()).receivesReady();
            assertThat(client.asksOne("select name from streamed where id = 1")).isEqualTo("first word");
        } finally {
            POSTGRES.does("drop publication doorman_pub; drop table streamed");
        }
    }

    @Test
    void baseBackupPasses() {
        // given
        try (var client = POOLER.door().login(Door.Role.APP, PHYSICAL)) {
            // when
            var replies = client.asks("BASE_BACKUP (LABEL 'doorman', CHECKPOINT 'fast', WAIT false, TARGET 'client')");

            // then
            long bytes = replies.stream()
                    .filter(reply -> reply.tag() == 'd')
                    .mapToLong(reply -> reply.body().length())
                    .sum();
            assertThat(bytes).isGreaterThan(10L << 20);
            assertThat(replies).anySatisfy(reply -> assertThat(reply.body()).contains("global/pg_control"));
            assertThat(client.asks("IDENTIFY_SYSTEM").getLast().body()).isEqualTo("I");
        }
    }

    @Test
    void walsenderIsBesidesThePoolAndEndsWithItsClient() {
        // given
        try (var holder = POOLER.door().login();
                var console = POOLER.door().connect()) {
            console.loggedIn(PoolerFixture.ADMIN, PoolerFixture.ADMIN_PASSWORD, "pgdoorman", Map.of());
            holder.asks("begin");
            var client =
                    POOLER.door().login(Door.Role.APP, Map.of("replication", "true", "application_name", "besides"));
            client.asks("IDENTIFY_SYSTEM");
            var mine = "select pid from pg_stat_activity where backend_type = 'walsender'"
                    + " and application_name = 'besides'";
            Eventually.isTrue("the walsender shows", () -> !POSTGRES.asks(mine).isEmpty());
            var pid = POSTGRES.asks(mine).getFirst();

            // when then
            assertThat(console.asks("show servers").toString()).contains("replication", pid);
            assertThat(console.asks("show clients").toString()).contains("besides");
            client.vanishes();
            Eventually.isTrue(
                    "the walsender is gone",
                    () -> POSTGRES.asks("select pid from pg_stat_activity where pid = " + pid)
                            .isEmpty());
            Eventually.isTrue(
                    "nobody shows it",
                    () -> !console.asks("show servers").toString().contains("replication"));
            holder.asks("commit");
        }
    }

    @Test
    void walsenderCountsInTheCapsOfItsDatabase() {
        // given
        try (var pooler = PoolerFixture.wish()
                        .pool("max_db_connections", "1")
                        .pool("reserve_pool_timeout", "500ms")
                        .general("max_user_client_connections", "2")
                        .start();
                var holder = pooler.door().login()) {
            holder.asks("begin");

            // when
            var whileInUse = refusal(pooler.door(), PHYSICAL);
            holder.asks("commit");
            var walsender = pooler.door().login(Door.Role.APP, PHYSICAL);
            var another = refusal(pooler.door(), PHYSICAL);
            var meanwhile = holder.asks("select 1");
            walsender.vanishes();

            // then
            assertThat(whileInUse).contains("FATAL", "53300", "max_db_connections (1) is reached");
            assertThat(another).contains("53300", "max_user_client_connections");
            assertThat(meanwhile.getFirst().error()).contains("53300");
            Eventually.isTrue(
                    "the permit is back",
                    () -> holder.asks("select 1").getFirst().tag() != 'E');
        }
    }

    @Test
    void cancelReachesAWalsender() {
        // given
        try (var client = POOLER.door().login(Door.Role.APP, LOGICAL);
                var canceller = POOLER.door().connect()) {
            client.sends(query("select pg_sleep(60), 'in a walsender'"));
            Running.query("in a walsender");

            // when
            canceller.sends(cancelRequest(client.key())).receivesToEnd();

            // then
            assertThat(client.receivesReady())
                    .anySatisfy(reply -> assertThat(reply.sqlState()).isEqualTo("57014"));
        }
    }

    /// Nothing can be said in the middle of a message, and the WAL of other tests may stop the stream there: hence more
    /// than one try.
    @Test
    void streamEndsAtAMessageWhenThePoolerEnds() {
        // given: a PostgreSQL that other tests write to, so that many a stream is in the middle of a message
        int most = 60;

        // when
        var ends = IntStream.range(0, most)
                .mapToObj(_ -> endOfAStream())
                .takeWhile(replies -> replies.stream().noneMatch(reply -> reply.tag() == 'E'))
                .count();

        // then
        assertThat(ends).as("streams that ended without a word").isLessThan(most);
    }

    /// What a stream's client hears from the moment when the pooler is told to end.
    private static List<Reply> endOfAStream() {
        var pooler = PoolerFixture.wish().start();
        try (var client = pooler.door().login(Door.Role.APP, PHYSICAL)) {
            client.sends(query("START_REPLICATION PHYSICAL "
                            + POSTGRES.asks("select pg_current_wal_lsn()").getFirst()))
                    .receivesUntil('W');
            // what was on its way has come when the answer to this is here
            client.sends(copyData(statusThatWantsAnAnswer())).receivesUntil('d');
            pooler.close();
            var replies = client.receivesToEnd();
            assertThat(replies.stream().filter(reply -> reply.tag() == 'E'))
                    .allMatch(error -> error.sqlState().equals("57P01"));
            return replies;
        }
    }

    /// A standby status update (manual, "Streaming Replication Protocol") about nothing.
    private static String statusThatWantsAnAnswer() {
        return "r" + "\0".repeat(4 * Long.BYTES) + "\1";
    }

    private static boolean streamed(WireClient client, String words) {
        var heard = new StringBuilder();
        while (heard.indexOf(words) < 0) {
            Reply reply = client.receives();
            assertThat(reply.tag()).isEqualTo('d');
            if (reply.body().startsWith("k") && reply.body().endsWith("\1")) {
                client.sends(standbyStatus());
            }
            heard.append(reply.body());
        }
        return true;
    }

    private static Message standbyStatus() {
        return tagged('d', ByteBuffer.allocate(34).put((byte) 'r').array());
    }

    private static String refusal(Door door, Map<String, String> parameters) {
        return refusal(door, Door.Role.APP, parameters);
    }

    private static String refusal(Door door, Door.Role role, Map<String, String> parameters) {
        try (var client = door.connect()) {
            var replies = client.logsIn(role.user(), role.password(), Door.DATABASE, parameters);
            return replies.getLast().toString().replaceAll(", [FLR]=[^,}]*", "");
        }
    }
}
