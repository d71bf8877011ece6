package io.pgdoorman.pooler.relay;

import static io.pgdoorman.pooler.relay.RelayTable.bound;
import static io.pgdoorman.pooler.relay.RelayTable.bytes;
import static io.pgdoorman.pooler.relay.RelayTable.closed;
import static io.pgdoorman.pooler.relay.RelayTable.complete;
import static io.pgdoorman.pooler.relay.RelayTable.error;
import static io.pgdoorman.pooler.relay.RelayTable.frame;
import static io.pgdoorman.pooler.relay.RelayTable.frames;
import static io.pgdoorman.pooler.relay.RelayTable.parsed;
import static io.pgdoorman.pooler.relay.RelayTable.ready;
import static io.pgdoorman.pooler.relay.RelayTable.row;
import static io.pgdoorman.pooler.script.Message.bind;
import static io.pgdoorman.pooler.script.Message.bindPortal;
import static io.pgdoorman.pooler.script.Message.closeStatement;
import static io.pgdoorman.pooler.script.Message.describeStatement;
import static io.pgdoorman.pooler.script.Message.execute;
import static io.pgdoorman.pooler.script.Message.flush;
import static io.pgdoorman.pooler.script.Message.parse;
import static io.pgdoorman.pooler.script.Message.query;
import static io.pgdoorman.pooler.script.Message.sync;
import static io.pgdoorman.pooler.script.Message.terminate;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Message;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class RelayStatementsTest {
    private static final byte[] ONE_ROW = frames(bound(), row("1"), complete("SELECT 1"), ready('I'));

    private final RelayTable table = new RelayTable(100);

    @AfterEach
    void clears() {
        table.clears();
    }

    @Test
    void renamesStatementsTowardsTheServer() {
        // given
        table.sends(parse("s", "analyze t1"), bind("s"), execute(), sync());

        // when
        var got = table.toServer();

        // then
        assertThat(got).containsExactly("P DOORMAN_0_1 analyze t1", "B DOORMAN_0_1", "E", "S");
    }

    @Test
    void answersASkippedParseAtItsPlace() {
        // given
        table.prepares("s", "analyze t1");

        // when
        table.sends(bind("s"), execute(), parse("t", "analyze t1"), bind("t"), execute(), sync());
        var got = table.toServer();
        table.postgres.sends(frames(bound(), row("1"), complete("SELECT 1"), ONE_ROW));

        // then
        assertThat(got).containsExactly("B DOORMAN_0_1", "E", "B DOORMAN_0_1", "E", "S");
        assertThat(table.toClient()).isEqualTo("2DC12DCZ");
        assertThat(table.leasesEnded).isEqualTo(2);
    }

    @Test
    void answersASkippedParseWhenTheClientFlushes() {
        // given
        table.prepares("s", "analyze t1");

        // when
        table.sends(parse("t", "analyze t1"), flush());

        // then
        assertThat(table.toClient()).isEqualTo("1");
    }

    @Test
    void errorInTheMiddleTakesBackWhatWasSkipped() {
        // given
        table.sends(parse("a", "analyze t1"), parse("b", "selekt"), parse("c", "analyze t3"), sync());
        table.toServer();

        // when
        table.postgres.sends(frames(parsed(), error("42601"), ready('I')));
        var told = table.toClient();
        table.sends(bind("a"), bind("c"), sync());

        // then
        assertThat(told).isEqualTo("1EZ");
        assertThat(table.toServer()).containsExactly("B DOORMAN_0_1", "B c", "S");
    }

    @Test
    void errorBeforeTheSyncLetsTheRestCountForNothing() {
        // given
        table.sends(parse("a", "selekt"), flush());
        table.postgres.sends(error("42601"));
        table.toServer();

        // when
        table.sends(bind("a"), execute(), sync());
        table.postgres.sends(ready('I'));

        // then
        assertThat(table.toServer()).containsExactly("S");
        assertThat(table.toClient()).isEqualTo("EZ");
        assertThat(table.leasesEnded).isEqualTo(1);
    }

    @Test
    void nobodyReachesAnothersStatementByTheNameThatServersKnow() {
        // given
        table.prepares("s", "analyze t1");

        // when
        table.sends(bind("DOORMAN_0_1"), execute(), sync(), describeStatement("DOORMAN_0_1"), sync());
        var got = table.toServer();
        table.postgres.sends(frames(error("26000"), ready('I'), error("26000"), ready('I')));

        // then
        assertThat(got).containsExactly("B DOORMAN_none", "E", "S", "D SDOORMAN_none", "S");
        var told = new String(table.clientGot(), StandardCharsets.ISO_8859_1);
        assertThat(told.split("\"DOORMAN_0_1\" does not exist", -1)).hasSize(3);
    }

    @Test
    void parsesOnAServerThatDoesNotKnowTheStatementAndTellsNobody() {
        // given
        table.prepares("s", "analyze t1");
        table.postgres.connection().statements().clear();

        // when
        table.sends(bind("s"), execute(), sync());
        var got = table.toServer();
        table.postgres.sends(frames(parsed(), ONE_ROW));

        // then
        assertThat(got).containsExactly("P DOORMAN_0_1 analyze t1", "B DOORMAN_0_1", "E", "S");
        assertThat(table.toClient()).isEqualTo("2DCZ");
    }

    @Test
    void failedParseOfOursIsTriedAgainNextTime() {
        // given
        table.prepares("s", "analyze t1");
        table.postgres.connection().statements().clear();
        table.sends(bind("s"), sync());
        table.postgres.sends(frames(error("42P01"), ready('I')));
        table.toServer();

        // when
        table.sends(bind("s"), sync());

        // then
        assertThat(table.toClient()).isEqualTo("EZ");
        assertThat(table.toServer()).containsExactly("P DOORMAN_0_1 analyze t1", "B DOORMAN_0_1", "S");
    }

    @Test
    void closesOnTheServerWhatNoLongerFitsAndTellsNobody() {
        // given
        var small = new RelayTable(1);
        small.sends(parse("a", "analyze t1"), parse("b", "analyze t2"), sync());
        var got = small.toServer();

        // when
        small.postgres.sends(frames(parsed(), closed(), parsed(), ready('I')));

        // then
        assertThat(got).containsExactly("P DOORMAN_0_1 analyze t1", "C SDOORMAN_0_1", "P DOORMAN_0_2 analyze t2", "S");
        assertThat(small.toClient()).isEqualTo("11Z");
    }

    @Test
    void serverKeepsAsManyStatementsAsTheReloadedConfigurationSays() {
        // given
        for (int i = 1; i <= 6; i++) {
            table.prepares("s" + i, "analyze t" + i);
        }
        table.cache.setServerCapacity(3);

        // when
        for (int i = 7; i <= 9; i++) {
            table.sends(parse("s" + i, "analyze t" + i), sync());
            table.postgres.sends(frames(closed(), closed(), parsed(), ready('I')));
            if (i == 7) {
                assertThat(table.toServer())
                        .containsExactly("C SDOORMAN_0_1", "C SDOORMAN_0_2", "P DOORMAN_0_7 analyze t7", "S");
            }
        }

        // then
        assertThat(table.postgres.connection().statements().size()).isEqualTo(3);
        assertThat(table.broken).isNull();
    }

    @Test
    void deallocationByTheExtendedProtocolIsSeenHoweverItIsCut() {
        // given
        table.prepares("s", "analyze t1");
        byte[] asked = bytes(parse("", "deallocate s"), bind(""), execute(), sync());

        // when
        for (byte one : asked) {
            table.sends(new byte[] {one});
        }

        // then
        assertThat(table.toServer())
                .containsExactly("P DOORMAN_0_2 deallocate s", "P s analyze t1", "B DOORMAN_0_2", "E", "S");
        table.postgres.sends(frames(parsed(), parsed(), bound(), complete("DEALLOCATE"), ready('I')));
        assertThat(table.toClient()).isEqualTo("12CZ");
        assertThat(table.postgres.connection().dirt().isClean()).isTrue();
    }

    @Test
    void skippedCloseOfOursLeavesTheStatementKnown() {
        // given
        var small = new RelayTable(1);
        small.sends(parse("a", "analyze t1"), sync());
        small.postgres.sends(frames(parsed(), ready('I')));
        small.sends(bind("nobody"), parse("b", "analyze t2"), sync());
        small.toServer();

        // when
        small.postgres.sends(frames(error("26000"), ready('I')));
        small.sends(bind("a"), sync());

        // then
        assertThat(small.toServer()).containsExactly("B DOORMAN_0_1", "S");
        small.clears();
    }

    @Test
    void closeOfAClientsNameNeverReachesTheServer() {
        // given
        table.prepares("s", "analyze t1");

        // when
        table.sends(closeStatement("s"), bind("s"), sync());
        var got = table.toServer();
        table.postgres.sends(frames(error("26000"), ready('I')));

        // then
        assertThat(got).containsExactly("B s", "S");
        assertThat(table.toClient()).isEqualTo("3EZ");
    }

    @Test
    void describeGoesByTheServersName() {
        // given
        table.prepares("s", "analyze t1");

        // when
        table.sends(describeStatement("s"), sync());
        var got = table.toServer();
        table.postgres.sends(frames(frame('t', "\0\0"), frame('T', "\0\0"), ready('I')));

        // then
        assertThat(got).containsExactly("D SDOORMAN_0_1", "S");
        assertThat(table.toClient()).isEqualTo("tTZ");
        assertThat(table.leasesEnded).isEqualTo(2);
    }

    @Test
    void messageWaitsWhileABatchBehindASyncMayStillChangeItsName() {
        // given
        table.sends(parse("s", "analyze t1"), sync(), query("select 2"), bind("s"), execute(), sync());
        var early = table.toServer();

        // when
        table.postgres.sends(frames(parsed(), ready('I')));
        var late = table.toServer();

        // then
        assertThat(early).containsExactly("P DOORMAN_0_1 analyze t1", "S", "Q");
        assertThat(late).containsExactly("B DOORMAN_0_1", "E", "S");
        table.postgres.sends(frames(complete("SELECT 1"), ready('I'), ONE_ROW));
        assertThat(table.leasesEnded).isEqualTo(1);
    }

    @Test
    void unnamedStatementOfEachBatchNeedsNoWait() {
        // given
        table.prepares("s", "analyze t1");

        // when
        for (int i = 0; i < 3; i++) {
            table.sends(parse("", "analyze t1"), bind(""), execute(), sync());
        }

        // then
        assertThat(table.toServer())
                .containsExactly("B DOORMAN_0_1", "E", "S", "B DOORMAN_0_1", "E", "S", "B DOORMAN_0_1", "E", "S");
    }

    @Test
    void messageThatWaitsIsPlannedAgainWhenPostgresqlAnswersAndNotBefore() {
        // given: the second name is another until the first Close is answered
        table.prepares("s", "analyze t1");
        table.sends(query("select 2"), closeStatement("s"), sync(), parse("s", "analyze t3"));
        var waiting = table.cache.statements().getLast();

        // when
        for (int i = 0; i < 10; i++) {
            table.sends(bind("s"));
        }

        // then
        assertThat(waiting.uses()).isEqualTo(1);
        table.toServer();
        table.postgres.sends(frames(complete("SELECT 1"), ready('I')));
        assertThat(table.toServer()).first().isEqualTo("P DOORMAN_0_2 analyze t3");
    }

    @Test
    void textThatNamesManyLongStatementsIsNoWayToFillTheServersBuffer() {
        // given: 300 names for 100 KB
        var named = new StringBuilder();
        for (int i = 0; i < 300; i++) {
            table.prepares("n" + i, "select '" + "x".repeat(100_000) + "'");
            named.append("execute n").append(i).append(';');
        }

        // when
        table.sends(query(named.toString()));

        // then: a megabyte of them, then PostgreSQL finds the next one missing
        assertThat(table.toServer())
                .filteredOn(message -> message.startsWith("P n"))
                .hasSize(11);
    }

    @Test
    @Timeout(10)
    void errorTakesBackManyNamesInNoMoreTimeThanOneByOne() {
        for (int round = 0; round < 20; round++) {
            // given: thousands of names before a Sync, and as many others behind it
            var sent = new ArrayList<Message>();
            sent.add(parse("", "selekt " + round));
            for (int i = 0; i < 8000; i++) {
                sent.add(closeStatement("a" + i));
            }
            sent.add(sync());
            for (int i = 0; i < 8000; i++) {
                sent.add(closeStatement("b" + i));
            }
            sent.add(sync());
            table.sends(sent.toArray(Message[]::new));

            // when
            table.postgres.sends(frames(error("42601"), ready('I'), ready('I')));

            // then
            assertThat(table.toClient()).isEqualTo("EZ" + "3".repeat(8000) + "Z");
            table.toServer();
        }
    }

    @Test
    void pipelineThatNeverEndsLeavesNoMoreAndMoreBehind() {
        // given
        table.sends(parse("", "select 0"), sync());

        // when: something is owed at each moment
        for (int i = 1; i < 2000; i++) {
            table.sends(parse("", "select " + i), sync());
            table.postgres.sends(frames(i > 100 ? closed() : new byte[0], parsed(), ready('I')));
        }

        // then
        assertThat(table.broken).isNull();
        assertThat(table.side.relay().outward().changesOnServer()).isLessThan(600);
    }

    @Test
    @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void textThatNamesItselfAThousandTimesIsWalkedThroughOnce() {
        // given: valid SQL, where the word is a column
        table.prepares("a", "select " + "execute a,".repeat(1000) + "execute b from (select 1 as execute) x");

        // when
        table.sends(bind("a"), execute(), sync());

        // then: by its own name too, as an EXECUTE would look for it
        assertThat(table.toServer())
                .filteredOn(message -> message.startsWith("P a "))
                .hasSize(1);
    }

    @Test
    void whatNoSyncFollowedCostsTheServerNothingWhenTheClientLeaves() {
        // given
        table.prepares("s", "analyze t1");

        // when
        table.sends(parse("t", "analyze t1"), closeStatement("s"), terminate());

        // then
        assertThat(table.terminated).isTrue();
        assertThat(table.toServer()).isEmpty();
        assertThat(table.side.owesNothing()).isTrue();
        assertThat(table.side.isInTransaction()).isFalse();
    }

    @Test
    void namesThatAreLongerThanAnyoneNeedsEndTheClient() {
        // given
        table.prepares("s", "select $1");
        byte[] bind = bytes(bindPortal("p".repeat(20_000), "s", "x".repeat(20_000)));

        // when
        table.sends(Arrays.copyOf(bind, 10_000));
        table.sends(Arrays.copyOfRange(bind, 10_000, bind.length));

        // then
        assertThat(table.toServer()).isEmpty();
        assertThat(table.broken).isNotNull();
    }

    @Test
    void namesOfSixteenKibibytesInABindAreFound() {
        // given
        table.prepares("s", "select $1");

        // when
        table.sends(bindPortal("p".repeat(16_000), "s", "x".repeat(20_000)), sync());

        // then
        assertThat(table.toServer().getFirst()).contains("DOORMAN_0_1");
    }
}
