package io.pgdoorman.pooler.prepare;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.pgdoorman.pooler.stats.StatementMemory;
import io.pgdoorman.pooler.stats.StatementTally;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ClientStatementsTest {
    private final StatementMemory memory = new StatementMemory(Long.MAX_VALUE);
    private final StatementTally tally = new StatementTally(memory);
    private final ClientStatements statements = new ClientStatements(tally);

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
        statements.put(name, new Statement("s", new byte[0], 0, 0, memory), 3);

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
        var unnamed = new Statement("s", new byte[0], 0, 0, memory);
        statements.put(ClientStatements.UNNAMED, unnamed);
        statements.put(new byte[] {'n'}, unnamed);

        // when
        statements.forgetNamed();

        // then
        assertThat(find("")).isSameAs(unnamed);
        assertThat(find("n")).isNull();
        assertThat(statements.size()).isEqualTo(1);
    }

    private String counted() {
        return tally.knownCount() + " of " + tally.knownBytes() + " bytes, unnamed " + tally.unnamedCount();
    }

    @Test
    void tallyFollowsEachChange() {
        // given
        var three = new Statement("a", new byte[3], 0, 0, memory);
        var five = new Statement("b", new byte[5], 0, 0, memory);
        byte[] name = {'n'};

        // when then
        statements.put(ClientStatements.UNNAMED, three);
        statements.put(name, three);
        assertThat(counted()).isEqualTo("2 of 6 bytes, unnamed 1");
        statements.put(name, five, 4);
        assertThat(counted()).isEqualTo("2 of 8 bytes, unnamed 1");
        statements.put(name, null, 5);
        assertThat(counted()).isEqualTo("1 of 3 bytes, unnamed 1");
        statements.put(name, five);
        statements.forgetNamed();
        assertThat(counted()).isEqualTo("1 of 3 bytes, unnamed 1");
        statements.put(ClientStatements.UNNAMED, null);
        assertThat(counted()).isEqualTo("0 of 0 bytes, unnamed 0");
        statements.put(name, five);
        statements.clear();
        assertThat(counted()).isEqualTo("0 of 0 bytes, unnamed 0");
    }

    @Test
    void lookingANameUpIsAUse() {
        // given
        var statement = new Statement("a", new byte[3], 0, 0, memory);
        statements.put(new byte[] {'n'}, statement);
        tally.tick(70);

        // when
        var _ = find("n");

        // then
        assertThat(statement.usedNanos()).isEqualTo(70);
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
                var statement = random.nextInt(3) == 0 ? null : new Statement("n" + step, new byte[0], 0, 0, memory);
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

    @Test
    @Timeout(5)
    void forgettingOneOfManyNamesCostsNoMoreThanOneOfFew() {
        // given
        int many = 60_000;
        var statement = new Statement("s", new byte[0], 0, 0, memory);
        for (int i = 0; i < many; i++) {
            statements.put(("s" + i).getBytes(StandardCharsets.UTF_8), statement);
        }

        // when: as Close and Sync do, one after the other
        for (int i = 0; i < many; i++) {
            statements.put(("s" + i).getBytes(StandardCharsets.UTF_8), null, i);
            statements.settled();
        }

        // then
        assertThat(statements.size()).isZero();
        assertThat(find("s0")).isNull();
    }

    @Test
    void whatIsForgottenTakesNoRoomForEverThoughThePipelineNeverEnds() {
        // given
        var statement = new Statement("s", new byte[0], 0, 0, memory);

        // when: some driver's way, with a name for each query
        for (int i = 0; i < 100_000; i++) {
            byte[] name = ("s" + i).getBytes(StandardCharsets.UTF_8);
            statements.put(name, statement, 2L * i);
            statements.put(name, null, 2L * i + 1);
            statements.answered(2L * i - 100);
        }

        // then
        assertThat(statements.places()).isLessThan(1000);
        assertThat(changedAt("s99999")).isEqualTo(199_999);
        statements.settled();
        assertThat(changedAt("s99999")).isEqualTo(ClientStatements.NEVER);
    }

    @Test
    @Timeout(5)
    void nobodyChoosesNamesThatMeetInOnePlace() {
        // given: all of them have one hash by Java's own
        int bits = 15;
        var statement = new Statement("s", new byte[0], 0, 0, memory);
        var names = new ArrayList<byte[]>();
        for (int i = 0; i < 1 << bits; i++) {
            var name = new StringBuilder();
            for (int bit = 0; bit < bits; bit++) {
                name.append((i >> bit & 1) == 0 ? "Aa" : "BB");
            }
            names.add(name.toString().getBytes(StandardCharsets.UTF_8));
        }

        // when
        names.forEach(name -> statements.put(name, statement));

        // then
        assertThat(statements.size()).isEqualTo(1 << bits);
        assertThat(find(new String(names.getLast(), StandardCharsets.UTF_8))).isSameAs(statement);
    }
}
