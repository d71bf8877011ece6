package io.pgdoorman.pooler.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DirtScanTest {
    private static final Map<String, Integer> DEEDS = Map.of(
            "set_config('a','b',false)", Dirt.SETTINGS,
            "pg_try_advisory_lock(1)", Dirt.LOCKS,
            "nextval('s')", Dirt.SEQUENCES);

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        select set_config('a', 'b', false)                          | SETTINGS
        select set_config('a', 'b', $1)                             | SETTINGS
        select pg_catalog.set_config('a', f(1, 2), not true)        | SETTINGS
        select "set_config"('a', 'b', false)                        | SETTINGS
        with s as (select set_config('a', 'b', false)) select 1     | SETTINGS
        select set_config('a', set_config('b','c',false), true)     | SETTINGS
        explain analyze select set_config('a','b',false)            | SETTINGS
        select pg_advisory_lock_shared(1)                           | LOCKS
        create temp table t (a int)                                 | TEMP
        CREATE GLOBAL TEMPORARY TABLE t (a int)                     | TEMP
        create or replace temp view v as select 1                   | TEMP
        create table if not exists pg_temp.t ()                     | TEMP
        select 1 as a into temporary t                              | TEMP
        select 1 as a into local temp t                             | TEMP
        create temp table t on commit delete rows as select 1       | TEMP
        create temp table a () on commit drop; create temp table b()| TEMP
        explain analyze create temp table t as select 1             | TEMP
        declare c cursor with hold for select 1                     | CURSORS
        select nextval('s')                                         | SEQUENCES
        """)
    void findsWhatTagsDoNotTell(String sql, String dirt) {
        // when then
        assertThat(scan(sql)).as(sql).isEqualTo(bit(dirt));
        assertThat(scan("/* a ' comment */ select 1; " + sql + "; select 2"))
                .as(sql)
                .isEqualTo(bit(dirt));
        assertThat(scan(sql.toUpperCase(Locale.ROOT).replace("\"SET_CONFIG\"", "set_config")))
                .as(sql)
                .isEqualTo(bit(dirt));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select 1",
                "select 'set_config(''a'', ''b'', false)'",
                "select $$ pg_advisory_lock(1) $$, $a$ nextval( $$ $a$",
                "select temperature, template, attempts from household where temp > 1 and hold",
                "insert into temp values (1)",
                "select * from temp",
                "select 1 -- create temp table x ()",
                "/* set_config('a','b',false) /* nested */ pg_advisory_lock(1) */ select 1",
                "select E'\\'; create temp table x ()', 1",
                "select set_config('a', 'b', true)",
                "SELECT SET_CONFIG('request.jwt', '{\"a\": \"(,\"}', TRUE), set_config('b', $1, true)",
                "select pg_advisory_xact_lock(1), pg_advisory_unlock(1)",
                "create temp table t on commit drop as select 1",
                "declare c cursor without hold for select 1",
                "select set_config from nextval",
                "do $$ begin update t set a = 1; perform 'set_config(1)'; end $$",
                "do $$ begin set local work_mem = '1MB'; end $$",
                "select * from pg_temp.x",
                "unlisten *"
            })
    void isNotFooled(String sql) {
        // when then
        assertThat(scan(sql) & ~DirtScan.CODE_SEEN).as(sql).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"deallocate all", "explain execute a", "prepare a as select 1"})
    void namesOfStatementsAreToldAndAreNoDirt(String sql) {
        // when then
        assertThat(scan(sql)).isEqualTo(DirtScan.NAMES);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        do $$ begin perform set_config('a', 'b', false); end $$           | SETTINGS
        do 'begin perform set_config(''a'', ''b'', false); end'           | SETTINGS
        do language plpgsql $x$ begin if true then set a = 1; end if; end $x$ | SETTINGS
        do $$ begin perform pg_advisory_lock(1); end $$                   | LOCKS
        do $$ begin create temp table x (); end $$                        | TEMP
        do $$ begin listen x; end $$                                      | LISTENS
        do $$ begin execute 'set a = 1'; end $$                           | UNKNOWN
        do language plpython3u $$ plpy.execute("set a = 1") $$            | UNKNOWN
        call f(1)                                                         | UNKNOWN
        """)
    void whatABlockLeavesLastsOverItsRollback(String sql, String dirt) {
        // when then
        assertThat(scan(sql)).as(sql).isEqualTo(bit(dirt) | DirtScan.LASTS | DirtScan.CODE_SEEN);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                " set  LOCAL x to 1 ; ",
                "begin; set local x = 1; set transaction read only; commit",
                "/* hello */ set local x = 'set session y = 1'"
            })
    void localSetsAreTold(String sql) {
        // when then
        assertThat(scan(sql)).isEqualTo(DirtScan.ONLY_SET_LOCAL | DirtScan.ONLY_SET_REPORTED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "set timezone to 'UTC'",
                "SET SESSION TIME ZONE 'UTC'",
                "set names 'utf8'; set datestyle to iso; set local work_mem = 1",
                "set application_name = 'x'"
            })
    void setsOfReportedParametersAreTold(String sql) {
        // when then
        assertThat(scan(sql)).isEqualTo(DirtScan.ONLY_SET_REPORTED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "set timezone to 'UTC'; set role x",
                "set x to 1; set statement_timeout to 2",
                "set u&\"\\0061\" = 1",
                "set \"a\"\"b\".c = 1",
                "set schema 'x'",
                "set seed to 0.5",
                "set session authorization x",
                "set session characteristics as transaction read only",
                "set role x"
            })
    void otherSetsAreNot(String sql) {
        // when then
        assertThat(scan(sql)).isZero();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        set local x to 1; set y to 2            | y
        /* set local */ SET Y to 2; select 1    | y
        set localized to 2                      | localized
        set timezone.x = 1                      | timezone.x
        set session "search_path" = a, b; set application_name to c; set app.tenant to 42 | search_path app.tenant
        set work_mem to default                 | work_mem
        """)
    void namesOfOtherSetsAreKnown(String sql, String names) {
        // given
        var text = Unpooled.copiedBuffer(sql, StandardCharsets.UTF_8);

        // when then
        assertThat(scan(sql) & ~DirtScan.RESETS).isEqualTo(DirtScan.SETS_KNOWN);
        assertThat(DirtScan.sets(text, 0, text.writerIndex())).containsExactlyInAnyOrder(names.split(" "));
    }

    /// With standard_conforming_strings off a backslash would escape the quote: both readings count.
    @Test
    void backslashInAPlainLiteralIsReadBothWays() {
        // when then
        assertThat(scan("select 'a\\'; create temp table x (); --'")).isEqualTo(Dirt.TEMP);
        assertThat(scan("select 'a\\', set_config('b', 'c', false), '")).isEqualTo(Dirt.SETTINGS);
    }

    @Test
    void findsEachDeedAtEachPlaceInEachCase() {
        DEEDS.forEach((deed, dirt) -> {
            for (int before = 0; before < 20; before++) {
                for (int after = 0; after < 20; after++) {
                    // given
                    var text = ".".repeat(before) + deed + ".".repeat(after);

                    // when, then
                    assertThat(scan(text)).as(text).isEqualTo(dirt);
                    assertThat(scan(text.toUpperCase(Locale.ROOT))).as(text).isEqualTo(dirt);
                }
            }
        });
    }

    @Test
    void looksOnlyBetweenItsBounds() {
        // given
        var buf = Unpooled.copiedBuffer("set_config(1), set_config(1)", StandardCharsets.UTF_8);

        // when, then
        assertThat(DirtScan.scan(buf, 1, 24)).isZero();
    }

    @Test
    void aNulEndsTheText() {
        // given
        var buf = Unpooled.copiedBuffer("set local x = 1\0; create temp table x ()", StandardCharsets.UTF_8);

        // when, then
        assertThat(DirtScan.scan(buf, 0, buf.writerIndex()) & Dirt.ALL).isZero();
    }

    /// Whatever a client sends, the scan comes to an end and stays inside its bounds.
    @Test
    void survivesAnyBytes() {
        var random = new Random(7);
        var parts =
                new String[] {"'", "\"", "$$", "$a$", "/*", "*/", "--", "\\", "E'", ";", "(", ")", ",", "do ", "set "};
        for (int i = 0; i < 20_000; i++) {
            // given
            var text = new StringBuilder(random.nextBoolean() ? "do " : "select temp ");
            for (int part = random.nextInt(12); part >= 0; part--) {
                text.append(random.nextInt(4) == 0 ? "set_config" : parts[random.nextInt(parts.length)]);
            }
            var bytes = text.toString().getBytes(StandardCharsets.UTF_8);

            // when
            int found = DirtScan.scan(Unpooled.wrappedBuffer(bytes), 0, bytes.length);

            // then
            assertThat(found).as(HexFormat.of().formatHex(bytes)).isNotNegative();
        }
    }

    private static int bit(String dirt) {
        return switch (dirt) {
            case "SETTINGS" -> Dirt.SETTINGS;
            case "LOCKS" -> Dirt.LOCKS;
            case "TEMP" -> Dirt.TEMP;
            case "CURSORS" -> Dirt.CURSORS;
            case "SEQUENCES" -> Dirt.SEQUENCES;
            case "LISTENS" -> Dirt.LISTENS;
            case "UNKNOWN" -> Dirt.UNKNOWN;
            default -> throw new IllegalArgumentException(dirt);
        };
    }

    private static int scan(String text) {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        return DirtScan.scan(Unpooled.wrappedBuffer(bytes), 0, bytes.length);
    }
}
