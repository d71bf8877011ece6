package io.pgdoorman.pooler.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.client.AdminConsole.Rights;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The console's language: how commands may be written, what drivers say besides, and what is refused.
class ConsoleTest extends ConsoleStage {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SHOW VERSION",
                "show version;",
                "  Show\n\tVersion ; ; ",
                "/* who */ show version -- now",
                "SHOW \"version\""
            })
    void takesACommandHoweverItIsWritten(String sql) {
        assertThat(rows(sql).rows()).isEqualTo(List.of(List.of("PgDoorman 0.1.0")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ";", "  \n ", ";;", "-- nothing", "/* open"})
    void answersAnEmptyStatementAsEmpty(String sql) {
        assertThat(execute(sql)).isEqualTo(new Reply.Empty());
    }

    @ParameterizedTest
    @CsvSource({
        "BEGIN, BEGIN",
        "begin transaction isolation level serializable, BEGIN",
        "START TRANSACTION, START TRANSACTION",
        "COMMIT, COMMIT",
        "END, COMMIT",
        "rollback;, ROLLBACK",
        "RESET ALL, RESET",
        "DISCARD ALL, DISCARD ALL of null",
        "DEALLOCATE ALL, DEALLOCATE ALL of null",
        "deallocate prepare \"S_1\", DEALLOCATE of S_1"
    })
    void isPoliteToDrivers(String sql, String tag) {
        assertThat(execute(sql)).isEqualTo(new Reply.Done(tag));
        assertThat(execute(sql, Rights.SHOW)).isEqualTo(new Reply.Done(tag));
    }

    @Test
    void showsParametersThatDriversAskFor() {
        assertThat(flat("SHOW server_version")).isEqualTo("server_version: 17.0");
        assertThat(flat("show transaction_isolation")).isEqualTo("transaction_isolation: read committed");
        assertThat(flat("SHOW HELP")).doesNotContain("SERVER_VERSION").doesNotContain("BEGIN");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "RELOAD",
                "PAUSE",
                "resume db",
                "RECONNECT",
                "SHUTDOWN",
                "SHOW FDS",
                "KILL",
                "KILL_CLIENT 5",
                "DISABLE db",
                "RESET INTERNER",
                "SHOW INTERNER 9",
                "SHOW PREPARED_STATEMENTS",
                "SET log_level = 'off'"
            })
    void whoMayOnlyLookChangesNothing(String sql) {
        assertThat(execute(sql, Rights.SHOW)).isInstanceOfSatisfying(Reply.Failed.class, failed -> {
            assertThat(failed.sqlState()).isEqualTo("42501");
            assertThat(failed.message()).startsWith("permission denied for ");
        });
        assertThat(actions.calls).isEmpty();
        assertThat(execute("SHOW POOLS", Rights.SHOW)).isInstanceOf(Reply.Rows.class);
        assertThat(execute("SET extra_float_digits = 3", Rights.SHOW)).isEqualTo(new Reply.Done("SET"));
    }

    @ParameterizedTest
    @CsvSource({"SHOW POOL, SHOW POOLS", "SHW CLIENTS, SHOW CLIENTS", "relaod, RELOAD", "SHOW, SET", "relod now, RELOAD"
    })
    void namesTheNearestCommand(String sql, String nearest) {
        assertThat(execute(sql)).isInstanceOfSatisfying(Reply.Failed.class, failed -> {
            assertThat(failed.sqlState()).isEqualTo("42601");
            assertThat(failed.message()).contains("unknown command").contains("the nearest is " + nearest);
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SHOW POOLS now",
                "PAUSE a b",
                "PAUSE *",
                "RELOAD all",
                "SUSPEND db",
                "SHUTDOWN NOW",
                "SHUTDOWN WAIT_FOR_CLIENTS NOW",
                "KILL_CLIENT",
                "KILL_CLIENT five",
                "DISABLE",
                "ENABLE a b",
                "KILL a b",
                "SHOW INTERNER many",
                "SHOW INTERNER -1",
                "RESET INTERNER now",
                "SHOW POOLS; SHOW CLIENTS",
                "SET",
                "SET = 1"
            })
    void refusesWhatDoesNotBelong(String sql) {
        assertThat(execute(sql))
                .isInstanceOfSatisfying(
                        Reply.Failed.class,
                        failed -> assertThat(failed.sqlState()).isEqualTo("42601"));
        assertThat(actions.calls).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = "SHOW ACTIVE_SOCKETS")
    void saysThatAKnownCommandIsNotSupportedYet(String sql) {
        assertThat(execute(sql)).isInstanceOfSatisfying(Reply.Failed.class, failed -> {
            assertThat(failed.sqlState()).isEqualTo("0A000");
            assertThat(failed.message()).contains("not supported yet");
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SET extra_float_digits = 3",
                "SET application_name = 'PostgreSQL JDBC Driver'",
                "set client_encoding to 'UTF8';",
                "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"
            })
    void acceptsSettingsOfDrivers(String sql) {
        assertThat(execute(sql)).isEqualTo(new Reply.Done("SET"));
    }

    @Test
    void completesShowInPsql() {
        // given
        var older = "SELECT name FROM  (SELECT pg_catalog.lower(name) AS name FROM pg_catalog.pg_settings   UNION ALL"
                + " SELECT 'session authorization'   UNION ALL SELECT 'all') ss  WHERE substring(name,1,7)='pools_e'\n"
                + "LIMIT 1000";
        var newer = "SELECT pg_catalog.lower(name) FROM pg_catalog.pg_settings  WHERE context != 'internal' AND "
                + "pg_catalog.lower(name) LIKE pg_catalog.lower('pools\\_e%')\nLIMIT 1000";
        var all = "SELECT pg_catalog.lower(name) FROM pg_catalog.pg_settings WHERE (pg_catalog.lower(name)) LIKE '%'";

        // then
        assertThat(rows(older).rows()).isEqualTo(List.of(List.of("pools_extended")));
        assertThat(rows(newer).rows()).isEqualTo(rows(older).rows());
        assertThat(rows(newer).columns()).containsExactly("name");
        assertThat(rows(all).rows()).contains(List.of("clients"), List.of("version"));
    }

    @Test
    void answersHealthChecksAndHasNoTables() {
        assertThat(flat("SELECT 1;")).isEqualTo("?column?: 1");
        for (var sql : List.of("SELECT", "SELECT 1, 2", "SELECT * FROM pg_class", "SELECT 'a'", "SELECT now")) {
            assertThat(execute(sql)).as(sql).isInstanceOfSatisfying(Reply.Failed.class, failed -> {
                assertThat(failed.sqlState()).isEqualTo("0A000");
                assertThat(failed.message()).startsWith("the console has no tables");
            });
        }
    }

    @Test
    void neverThrows() {
        // given
        var random = new Random(3);
        var pieces =
                List.of("show", " ", ";", "'", "\"", "/*", "*/", "--", "\n", "pools", "\u0000", "\ud800", "ü", "(");

        for (var i = 0; i < 20_000; i++) {
            var sql = new StringBuilder();
            for (var p = random.nextInt(8); p >= 0; p--) {
                sql.append(pieces.get(random.nextInt(pieces.size())));
            }

            // when
            var reply = execute(sql.toString());

            // then
            if (reply instanceof Reply.Failed failed) {
                assertThat(failed.sqlState()).as(sql.toString()).isNotEqualTo("XX000");
            }
        }
    }

    @Test
    void boundsWhatItRepeats() {
        assertThat(execute("x".repeat(1_000_000)))
                .isInstanceOfSatisfying(
                        Reply.Failed.class,
                        failed -> assertThat(failed.message()).hasSizeLessThan(200));
    }
}
