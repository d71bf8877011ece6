package io.pgdoorman.pooler.prepare;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ClientStatementsTest {
    private final ClientStatements statements = new ClientStatements();

    private @Nullable Statement find(String name) {
        var bytes = ("xx" + name).getBytes(StandardCharsets.UTF_8);
        return statements.find(Unpooled.wrappedBuffer(bytes), 2, bytes.length - 2);
    }

    @Test
    void behavesAsAMap() {
        for (int seed = 0; seed < 200; seed++) {
            // given
            var random = new Random(seed);
            var model = new HashMap<String, Statement>();
            statements.clear();

            for (int step = 0; step < 300; step++) {
                // when
                var name = random.nextInt(10) == 0 ? "" : "s" + random.nextInt(40);
                var statement = random.nextInt(3) == 0 ? null : new Statement("n" + step, new byte[0], 0);
                var before = statements.put(name.getBytes(StandardCharsets.UTF_8), statement);

                // then
                var expected = statement == null ? model.remove(name) : model.put(name, statement);
                assertThat(before).as("seed " + seed).isSameAs(expected);
                assertThat(statements.size()).isEqualTo(model.size());
            }
            for (int i = 0; i < 40; i++) {
                assertThat(find("s" + i)).as("seed " + seed).isSameAs(model.get("s" + i));
            }
            assertThat(find("")).isSameAs(model.get(""));
        }
    }
}
