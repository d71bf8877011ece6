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

    private long changedAt(String name) {
        var bytes = name.getBytes(StandardCharsets.UTF_8);
        return statements.changedAt(Unpooled.wrappedBuffer(bytes), 0, bytes.length);
    }

    @Test
    void forgottenNameTellsWhereUntilNothingDependsOnIt() {
        // given
        byte[] name = {'n'};
        statements.put(name, new Statement("s", new byte[0], 0, 0), 3);

        // when
        statements.put(name, null, 7);

        // then
        assertThat(find("n")).isNull();
        assertThat(changedAt("n")).isEqualTo(7);
        statements.settled();
        assertThat(changedAt("n")).isEqualTo(ClientStatements.NEVER);
    }

    @Test
    void unnamedStatementSurvivesWhatForgetsNames() {
        // given
        var unnamed = new Statement("s", new byte[0], 0, 0);
        statements.put(ClientStatements.UNNAMED, unnamed);
        statements.put(new byte[] {'n'}, unnamed);

        // when
        statements.forgetNamed();

        // then
        assertThat(find("")).isSameAs(unnamed);
        assertThat(find("n")).isNull();
        assertThat(statements.size()).isEqualTo(1);
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
                var statement = random.nextInt(3) == 0 ? null : new Statement("n" + step, new byte[0], 0, 0);
                long place = random.nextBoolean() ? step : ClientStatements.NEVER;
                var before = statements.put(name.getBytes(StandardCharsets.UTF_8), statement, place);

                // then
                var expected = statement == null ? model.remove(name) : model.put(name, statement);
                assertThat(before).as("seed " + seed).isSameAs(expected);
                assertThat(statements.size()).isEqualTo(model.size());
                if (statement != null || place >= 0) {
                    assertThat(changedAt(name)).as("seed " + seed).isEqualTo(place);
                }
                if (random.nextInt(30) == 0) {
                    statements.settled();
                }
            }
            for (int i = 0; i < 40; i++) {
                assertThat(find("s" + i)).as("seed " + seed).isSameAs(model.get("s" + i));
            }
            assertThat(find("")).isSameAs(model.get(""));
        }
    }
}
