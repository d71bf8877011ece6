package io.pgdoorman.pooler.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TextParametersTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "0 | select 1",
                "1 | select $1",
                "12 | insert into t values ($12, $3)",
                "2 | /* $9 */ ; ((select '$3', \"$4\", a$5, $tag$ $6 $tag$, $2::int)) -- $7",
                "3 | WITH x AS (SELECT $3) SELECT 1 FROM x",
            })
    void areAsManyAsTheHighestNumber(int count, String sql) {
        assertThat(in(sql)).isEqualTo(count);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "explain select $1",
                "execute a($1)",
                "set x to 1",
                "select 'a\\' $1'", // what the literal is depends on a setting
            })
    void areUnknownWhereItDoesNotTell(String sql) {
        assertThat(in(sql)).isEqualTo(TextParameters.UNKNOWN);
    }

    private static int in(String sql) {
        var text = Unpooled.copiedBuffer(sql + "\0\0\1$9", StandardCharsets.UTF_8);
        return TextParameters.in(text, 0, text.readableBytes());
    }
}
