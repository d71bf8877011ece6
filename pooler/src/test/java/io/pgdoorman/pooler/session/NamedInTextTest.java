package io.pgdoorman.pooler.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NamedInTextTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        execute a                                       | EXECUTE a
        EXECUTE Abc(1, 'b')                             | EXECUTE abc
        explain (costs off) execute "A ""b"" c"(1)      | EXECUTE A "b" c
        create table t as execute a; execute b          | EXECUTE a, EXECUTE b
        deallocate a; deallocate prepare b              | DEALLOCATE a, DEALLOCATE b
        deallocate all; deallocate prepare all          | ``
        prepare a(int) as select $1                     | PREPARE a
        prepare transaction 'x'                         | PREPARE transaction
        /* execute a */ select 'execute b', $$execute c$$ -- execute d | ``
        select "execute" a, executed b from prepared    | ``
        do $$ begin execute 'select 1'; end $$          | ``
        execute                                         | ``
        """)
    void findsWhatSqlNames(String sql, String expected) {
        // when
        var text = Unpooled.copiedBuffer(sql, StandardCharsets.UTF_8);
        var found = NamedInText.of(text, 0, text.writerIndex());
        int scan = DirtScan.scan(text, 0, text.writerIndex());

        // then
        assertThat(found.stream().map(each -> each.verb() + " " + each.name()).collect(Collectors.joining(", ")))
                .isEqualTo(expected);
        if (!found.isEmpty()) {
            assertThat(scan & DirtScan.NAMES).isEqualTo(DirtScan.NAMES);
        }
    }
}
