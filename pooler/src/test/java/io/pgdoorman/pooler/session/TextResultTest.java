package io.pgdoorman.pooler.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextResultTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ; -- nothing",
                "/* a /* nested */ one */ Commit",
                "-- line\n set local x to 1",
                "create table t as select '$1'",
                "create function f() returns text return $tag$ $1 $tag$",
                "declare c cursor for select 1",
                "copy (select $1) to stdout",
            })
    void hasNone(String sql) {
        assertThat(of(sql)).isEqualTo(TextResult.NONE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "insert into t values (1)",
                "/* x */ update t set a = 1",
                "with x as (select 1) select 2",
                "select 1 INTO t",
                "((select 1 into t))",
                "create table t as select $1::int",
                "declare c cursor for select $1::int",
                "call p(1)",
                "create table t as select 'a\\' $1'", // what the literal is depends on a setting
            })
    void hasOneIfPostgresqlSaysSo(String sql) {
        assertThat(of(sql)).isEqualTo(TextResult.UNSURE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select 1",
                "select 'into', \"into\", into_one from t -- into",
                "/* commit */ values (1)",
                "\"commit\""
            })
    void hasOne(String sql) {
        assertThat(of(sql)).isEqualTo(TextResult.SOME);
    }

    @ParameterizedTest
    @ValueSource(strings = {"show x", "explain insert t", "/* x */ Execute e", "fetch 5 from c"})
    void hasOneThatPostgresqlDoesNotHoldTo(String sql) {
        assertThat(of(sql)).isEqualTo(TextResult.OF_UTILITY);
    }

    private static TextResult of(String sql) {
        var text = Unpooled.copiedBuffer(sql + "\0\0\1$", StandardCharsets.UTF_8);
        return TextResult.of(text, 0, text.readableBytes());
    }
}
