package io.pgdoorman.pooler.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.pgdoorman.pooler.wire.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SessionTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        SET                | SET
        RESET              | RESET
        REVOKE             | OTHER
        UNLISTEN           | UNLISTEN
        UPDATE 1           | OTHER
        LOAD               | LOAD
        COMMIT             | COMMIT
        COPY 5             | OTHER
        ROLLBACK           | ROLLBACK
        ROLLBACK PREPARED  | OTHER
        SELECT 3           | OTHER
        START TRANSACTION  | OTHER
        LISTEN             | LISTEN
        LOCK TABLE         | OTHER
        PREPARE            | PREPARE
        DISCARD ALL        | DISCARD_ALL
        DEALLOCATE ALL     | DEALLOCATE_ALL
        DEALLOCATE          | DEALLOCATE
        DROP SCHEMA        | OTHER
        DO                 | CODE
        CALL               | CODE
        CLOSE CURSOR       | OTHER
        """)
    void commandTagsThatChangeASessionAreKnown(String tag, CommandTag expected) {
        // given
        var text = Unpooled.copiedBuffer(tag + "\0", StandardCharsets.US_ASCII);

        // when
        var found = CommandTag.of(text, 0, text.readableBytes());

        // then
        assertThat(found).isEqualTo(expected);
    }

    @Test
    void setsOfTheSameValuesAreEqualAgainAndAgain() {
        // given
        var one = ParameterSet.of(Map.of("timezone", "Asia/Tokyo", "work_mem", "7MB"));
        var other = ParameterSet.of(Map.of("work_mem", "7MB", "timezone", "Asia/Tokyo"));
        var third = ParameterSet.of(Map.of("work_mem", "8MB", "timezone", "Asia/Tokyo"));

        for (int i = 0; i < 2; i++) {
            // then
            assertThat(one).isEqualTo(other).isNotEqualTo(third);
            assertThat(third).isNotEqualTo(other);
        }
        assertThat(one.with("work_mem", "9MB", null)).isNotEqualTo(other);
        assertThat(other.values()).containsEntry("work_mem", "7MB");
    }

    @Test
    void valueThatIsNotKnownIsUndone() {
        // given
        var known = ParameterSet.of(Map.of("timezone", "Asia/Tokyo", "work_mem", "7MB"));

        // when
        var has = known.withUnknown(Set.of("Work_Mem", "app.tenant"));

        // then
        assertThat(has.hasUnknown()).isTrue();
        assertThat(new String(known.sqlFrom(has), StandardCharsets.UTF_8))
                .isEqualTo(
                        "SELECT"
                            + " pg_catalog.set_config('app.tenant',NULL,false),pg_catalog.set_config('work_mem','7MB',false)");
        assertThat(new String(ParameterSet.EMPTY.sqlFrom(has), StandardCharsets.UTF_8))
                .contains("('app.tenant',NULL,", "('timezone',NULL,", "('work_mem',NULL,");
    }

    @Test
    void parametersKeepWhatDiffersFromTheServersDefault() {
        // given
        var set = ParameterSet.of(Map.of("TimeZone", "UTC"));

        // when
        var more = set.with("DateStyle", "German", "ISO");
        var less = more.with("timezone", "Europe/Berlin", "Europe/Berlin");
        var same = less.with("server_version", "18", "17");

        // then
        assertThat(less.values()).containsOnly(Map.entry("DateStyle", "German"));
        assertThat(same).isSameAs(less);
    }

    @Test
    void differenceIsSqlThatQuotesEverything() {
        // given
        var from = ParameterSet.of(Map.of("a.b", "1", "c", "2"));
        var to = ParameterSet.of(Map.of("c", "it's \\"));

        // when
        var sql = new String(to.sqlFrom(from), StandardCharsets.UTF_8);

        // then
        assertThat(sql)
                .isEqualTo("SELECT pg_catalog.set_config('a.b',NULL,false),pg_catalog.set_config('c', E'it''s"
                        + " \\\\',false)");
    }

    @Test
    void optionsOfTheStartupPacketAreSettings() throws ProtocolException {
        // given
        var startup = Map.of(
                "user",
                "app",
                "options",
                "-c search_path=a\\ b --work-mem=4MB -cjit=off",
                "application_name",
                "x",
                "transaction_isolation",
                "serializable");

        // when
        var settings = StartupOptions.settings(startup);

        // then
        assertThat(settings.values())
                .containsOnly(
                        Map.entry("search_path", "a b"),
                        Map.entry("work_mem", "4MB"),
                        Map.entry("jit", "off"),
                        Map.entry("application_name", "x"));
    }

    @Test
    void optionsThatAreNoSettingsAreRefused() {
        // given
        // when
        // then
        assertThatThrownBy(() -> StartupOptions.settings(Map.of("options", "-x")))
                .isInstanceOf(ProtocolException.class);
        assertThatThrownBy(() -> StartupOptions.settings(Map.of("a\"b", "1"))).isInstanceOf(ProtocolException.class);
    }
}
