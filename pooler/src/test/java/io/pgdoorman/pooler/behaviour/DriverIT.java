package io.pgdoorman.pooler.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Tables;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Types;
import java.util.Arrays;
import java.util.Collections;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.util.PSQLException;

/// A real driver through a pool that is smaller than its clients.
class DriverIT {
    private static final PoolerFixture POOLER =
            PoolerFixture.wish().poolSize(2).deferredBegin().start();

    @BeforeAll
    static void makesTables() {
        EmbeddedPg.shared().does(Tables.sql());
    }

    @AfterAll
    static void stops() {
        POOLER.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"simple", "extended", "extendedForPrepared", "extendedCacheEverything"})
    void preparedStatementsWorkInEachQueryMode(String mode) throws SQLException {
        // given
        try (var first = connect("preferQueryMode", mode);
                var second = connect("preferQueryMode", mode);
                var third = connect("preferQueryMode", mode)) {
            for (int i = 0; i < 20; i++) {
                for (var connection : new Connection[] {first, second, third}) {
                    // when then
                    assertThat(name(connection, 1 + i % 10)).isEqualTo("item " + (1 + i % 10));
                }
            }
        }
    }

    @Test
    void batchesAreCountedRow() throws SQLException {
        // given
        try (var connection = connect("reWriteBatchedInserts", "true")) {
            connection.setAutoCommit(false);
            try (var insert = connection.prepareStatement("insert into item values (?, ?)")) {
                for (int i = 0; i < 500; i++) {
                    insert.setInt(1, 1000 + i);
                    insert.setString(2, "batch");
                    insert.addBatch();
                }

                // when
                int[] counts = insert.executeBatch();

                // then
                assertThat(counts).hasSize(500);
                assertThat(count(connection, "select count(*) from item where name = 'batch'"))
                        .isEqualTo(500);
            }
            connection.rollback();
        }
    }

    @Test
    void errorInABatchLeavesTheConnectionUsable() throws SQLException {
        // given
        try (var connection = connect("prepareThreshold", "1");
                var insert = connection.prepareStatement("insert into item values (?, ?)")) {
            for (int id : new int[] {2001, 1, 2002}) {
                insert.setInt(1, id);
                insert.setString(2, "bad batch");
                insert.addBatch();
            }

            // when then
            assertThatThrownBy(insert::executeBatch).isInstanceOf(SQLException.class);
            assertThat(count(connection, "select count(*) from item where name = 'bad batch'"))
                    .isLessThanOrEqualTo(1);
            connection.createStatement().execute("delete from item where id > 2000");
        }
    }

    @Test
    void largeObjectsGoThroughFunctionCalls() throws SQLException {
        // given
        byte[] content = new byte[3_000_000];
        Arrays.fill(content, (byte) 'L');
        try (var connection = connect("binaryTransfer", "true")) {
            connection.setAutoCommit(false);
            var large = connection.unwrap(PGConnection.class).getLargeObjectAPI();

            // when
            long oid = large.createLO();
            try (var object = large.open(oid)) {
                object.write(content);
            }
            byte[] read;
            try (var object = large.open(oid)) {
                read = object.read(content.length);
            }
            large.delete(oid);
            connection.commit();

            // then
            assertThat(read).isEqualTo(content);
        }
    }

    @Test
    void copyGoesBothWays() throws SQLException, IOException {
        // given
        String rows = String.join(
                "\n", IntStream.range(0, 50_000).mapToObj(i -> i + "\trow " + i).toList());
        try (var connection = connect("ApplicationName", "copier")) {
            connection.setAutoCommit(false);
            var copy = connection.unwrap(PGConnection.class).getCopyAPI();
            connection.createStatement().execute("truncate copied");

            // when
            long written = copy.copyIn("copy copied from stdin", new StringReader(rows));
            var out = new ByteArrayOutputStream();
            copy.copyOut("copy (select * from copied order by id) to stdout", out);

            // then
            assertThat(written).isEqualTo(50_000);
            assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo(rows + "\n");
            assertThatThrownBy(() -> copy.copyIn("copy copied from stdin", new StringReader("x\ty\n")))
                    .isInstanceOf(PSQLException.class);
            connection.rollback();
            assertThat(count(connection, "select count(*) from copied")).isZero();
        }
    }

    @Test
    void rowsComeInPortionsInsideATransaction() throws SQLException {
        // given
        try (var connection = connect("ApplicationName", "fetcher")) {
            connection.setAutoCommit(false);
            try (var query = connection.prepareStatement("select g from generate_series(1, 10000) g")) {
                query.setFetchSize(100);

                // when
                long sum = 0;
                try (var rows = query.executeQuery()) {
                    while (rows.next()) {
                        sum += rows.getInt(1);
                    }
                }

                // then
                assertThat(sum).isEqualTo(50_005_000L);
            }
            connection.commit();
        }
    }

    @Test
    void nullsBytesAndArraysKeepTheirValues() throws SQLException {
        // given
        byte[] bytes = {0, 1, 2, -1};
        try (var connection = connect("prepareThreshold", "1");
                var query = connection.prepareStatement("select ?::bytea, ?::int, ?::text[]")) {
            for (int i = 0; i < 3; i++) {
                query.setBytes(1, bytes);
                query.setNull(2, Types.INTEGER);
                query.setArray(3, connection.createArrayOf("text", new String[] {"a", null, "ü"}));

                // when
                try (var rows = query.executeQuery()) {
                    rows.next();

                    // then
                    assertThat(rows.getBytes(1)).isEqualTo(bytes);
                    assertThat(rows.getObject(2)).isNull();
                    assertThat((Object[]) rows.getArray(3).getArray()).containsExactly("a", null, "ü");
                }
            }
        }
    }

    @Test
    void cancelOfAStatementReachesItsServer() throws SQLException {
        // given
        try (var connection = connect("ApplicationName", "canceller");
                var statement = connection.createStatement()) {
            statement.setQueryTimeout(1);

            // when then
            assertThatThrownBy(() -> statement.execute("select pg_sleep(60)"))
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57014"));
            assertThat(count(connection, "select 1")).isEqualTo(1);
        }
    }

    @Test
    void manyThreadsShareTwoServers() throws Exception {
        // given
        try (var threads = Executors.newFixedThreadPool(12)) {
            Callable<Integer> work = () -> {
                int seen = 0;
                try (var connection = connect("prepareThreshold", "2")) {
                    for (int i = 0; i < 100; i++) {
                        seen += name(connection, 1 + i % 10).startsWith("item") ? 1 : 0;
                    }
                }
                return seen;
            };

            // when
            var results = threads.invokeAll(Collections.nCopies(12, work));

            // then
            for (var result : results) {
                assertThat(result.get()).isEqualTo(100);
            }
        }
    }

    private static Connection connect(String key, String value) throws SQLException {
        var properties = new Properties();
        properties.setProperty("user", Door.Role.APP.user());
        properties.setProperty("password", Door.Role.APP.password());
        properties.setProperty(key, value);
        return DriverManager.getConnection(POOLER.door().jdbcUrl(), properties);
    }

    private static String name(Connection connection, int id) throws SQLException {
        try (var query = connection.prepareStatement("select name from item where id = ?")) {
            query.setInt(1, id);
            try (var rows = query.executeQuery()) {
                return rows.next() ? rows.getString(1) : "none";
            }
        }
    }

    private static int count(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getInt(1);
        }
    }
}
