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
import static io.pgdoorman.pooler.script.Message.closeStatement;
import static io.pgdoorman.pooler.script.Message.copyData;
import static io.pgdoorman.pooler.script.Message.copyDone;
import static io.pgdoorman.pooler.script.Message.describeStatement;
import static io.pgdoorman.pooler.script.Message.execute;
import static io.pgdoorman.pooler.script.Message.flush;
import static io.pgdoorman.pooler.script.Message.parse;
import static io.pgdoorman.pooler.script.Message.query;
import static io.pgdoorman.pooler.script.Message.sync;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.session.Dirt;
import io.pgdoorman.pooler.session.ParameterSet;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RelayTest {
    private static final byte[] ONE_ROW = frames(bound(), row("1"), complete("SELECT 1"), ready('I'));

    private final RelayTable table = new RelayTable(100);

    @AfterEach
    void clears() {
        table.clears();
    }

    private void prepares(String name, String sql) {
        table.sends(parse(name, sql), sync());
        table.postgres.sends(frames(parsed(), ready('I')));
        table.toServer();
        table.clientGot();
    }

    @Test
    void renamesStatementsTowardsTheServer() {
        // given
        table.sends(parse("s", "select 1"), bind("s"), execute(), sync());

        // when
        var got = table.toServer();

        // then
        assertThat(got).containsExactly("P DOORMAN_0_1 select 1", "B DOORMAN_0_1", "E", "S");
    }

    @Test
    void answersASkippedParseAtItsPlace() {
        // given
        prepares("s", "select 1");

        // when
        table.sends(bind("s"), execute(), parse("t", "select 1"), bind("t"), execute(), sync());
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
        prepares("s", "select 1");

        // when
        table.sends(parse("t", "select 1"), flush());

        // then
        assertThat(table.toClient()).isEqualTo("1");
    }

    @Test
    void errorInTheMiddleTakesBackWhatWasSkipped() {
        // given
        table.sends(parse("a", "select 1"), parse("b", "selekt"), parse("c", "select 3"), sync());
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
    void parsesOnAServerThatDoesNotKnowTheStatementAndTellsNobody() {
        // given
        prepares("s", "select 1");
        table.postgres.connection().statements().clear();

        // when
        table.sends(bind("s"), execute(), sync());
        var got = table.toServer();
        table.postgres.sends(frames(parsed(), ONE_ROW));

        // then
        assertThat(got).containsExactly("P DOORMAN_0_1 select 1", "B DOORMAN_0_1", "E", "S");
        assertThat(table.toClient()).isEqualTo("2DCZ");
    }

    @Test
    void failedParseOfOursIsTriedAgainNextTime() {
        // given
        prepares("s", "select 1");
        table.postgres.connection().statements().clear();
        table.sends(bind("s"), sync());
        table.postgres.sends(frames(error("42P01"), ready('I')));
        table.toServer();

        // when
        table.sends(bind("s"), sync());

        // then
        assertThat(table.toClient()).isEqualTo("EZ");
        assertThat(table.toServer()).containsExactly("P DOORMAN_0_1 select 1", "B DOORMAN_0_1", "S");
    }

    @Test
    void closesOnTheServerWhatNoLongerFitsAndTellsNobody() {
        // given
        var small = new RelayTable(1);
        small.sends(parse("a", "select 1"), parse("b", "select 2"), sync());
        var got = small.toServer();

        // when
        small.postgres.sends(frames(parsed(), closed(), parsed(), ready('I')));

        // then
        assertThat(got).containsExactly("P DOORMAN_0_1 select 1", "C SDOORMAN_0_1", "P DOORMAN_0_2 select 2", "S");
        assertThat(small.toClient()).isEqualTo("11Z");
    }

    @Test
    void serverKeepsAsManyStatementsAsTheReloadedConfigurationSays() {
        // given
        for (int i = 1; i <= 6; i++) {
            prepares("s" + i, "select " + i);
        }
        table.cache.setServerCapacity(3);

        // when
        for (int i = 7; i <= 9; i++) {
            table.sends(parse("s" + i, "select " + i), sync());
            table.postgres.sends(frames(closed(), closed(), parsed(), ready('I')));
            if (i == 7) {
                assertThat(table.toServer())
                        .containsExactly("C SDOORMAN_0_1", "C SDOORMAN_0_2", "P DOORMAN_0_7 select 7", "S");
            }
        }

        // then
        assertThat(table.postgres.connection().statements().size()).isEqualTo(3);
        assertThat(table.broken).isNull();
    }

    @Test
    void deallocationByTheExtendedProtocolIsSeenHoweverItIsCut() {
        // given
        prepares("s", "select 1");
        byte[] asked = bytes(parse("", "deallocate s"), bind(""), execute(), sync());

        // when
        for (byte one : asked) {
            table.sends(new byte[] {one});
        }

        // then
        assertThat(table.toServer()).containsExactly("P DOORMAN_0_2 deallocate s", "B DOORMAN_0_2", "S");
        table.postgres.sends(frames(parsed(), bound(), ready('I')));
        assertThat(table.toClient()).isEqualTo("12CZ");
    }

    @Test
    void skippedCloseOfOursLeavesTheStatementKnown() {
        // given
        var small = new RelayTable(1);
        small.sends(parse("a", "select 1"), sync());
        small.postgres.sends(frames(parsed(), ready('I')));
        small.sends(bind("nobody"), parse("b", "select 2"), sync());
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
        prepares("s", "select 1");

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
        prepares("s", "select 1");

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
    void syncBeforeTheDataOfACopyCountsForNothing() {
        // given
        table.sends(parse("", "copy t from stdin"), bind(""), execute(), sync());
        table.postgres.sends(frames(parsed(), bound(), frame('G', "\0\0\0")));

        // when
        table.sends(copyData("1\n"), copyDone(), sync());
        table.postgres.sends(frames(complete("COPY 1"), ready('I')));

        // then
        assertThat(table.toClient()).isEqualTo("12GCZ");
        assertThat(table.leasesEnded).isEqualTo(1);
        assertThat(table.broken).isNull();
    }

    @Test
    void wholeCopyMayBeSentAhead() {
        // given
        table.sends(parse("", "copy t from stdin"), bind(""), execute(), sync(), copyData("1\n"), copyDone(), sync());

        // when
        table.postgres.sends(frames(parsed(), bound(), frame('G', "\0\0\0"), complete("COPY 1"), ready('I')));

        // then
        assertThat(table.toClient()).isEqualTo("12GCZ");
        assertThat(table.leasesEnded).isEqualTo(1);
    }

    @Test
    void leaseEndsWhenTheRestOfARefusedCopyIsThrough() {
        // given
        table.sends(query("copy t from stdin"));
        table.postgres.sends(frame('G', "\0\0\0"));
        byte[] data = copyData("x".repeat(100)).bytes();
        table.sends(Arrays.copyOf(data, 50));
        table.postgres.sends(frames(error("22P04"), ready('I')));
        int before = table.leasesEnded;

        // when
        table.sends(Arrays.copyOfRange(data, 50, data.length));

        // then
        assertThat(before).isZero();
        assertThat(table.leasesEnded).isEqualTo(1);
        assertThat(table.relay.isLinked()).isFalse();
    }

    @Test
    void leaseEndsWhenANoticeBehindReadyForQueryIsComplete() {
        // given
        table.sends(query("select 1"));
        byte[] notice = frame('N', "SNOTICE\0Mhello\0\0");
        table.postgres.sends(frames(complete("SELECT 1"), ready('I'), Arrays.copyOf(notice, 9)));
        int before = table.leasesEnded;

        // when
        table.postgres.sends(Arrays.copyOfRange(notice, 9, notice.length));

        // then
        assertThat(before).isZero();
        assertThat(table.leasesEnded).isEqualTo(1);
        assertThat(table.toClient()).isEqualTo("CZN");
    }

    @Test
    void leaseLastsAsLongAsTheTransaction() {
        // given
        table.sends(query("begin"));
        table.postgres.sends(frames(complete("BEGIN"), ready('T')));
        int inside = table.leasesEnded;

        // when
        table.sends(query("commit"));
        table.postgres.sends(frames(complete("COMMIT"), ready('I')));

        // then
        assertThat(inside).isZero();
        assertThat(table.leasesEnded).isEqualTo(1);
    }

    @Test
    void settingsOfTheClientGoFirstAndTheirAnswerIsSwallowed() {
        // given
        var zoned =
                new RelayTable(100, new RelaySettings(false, true, true), ParameterSet.of(Map.of("TimeZone", "UTC")));

        // when
        zoned.sends(query("select 1"));
        var got = zoned.toServer();
        zoned.postgres.sends(frames(
                frame('T', "\0\0"), row("UTC"), complete("SELECT 1"), frame('S', "TimeZone\0UTC\0"), ready('I')));
        zoned.postgres.sends(frames(row("1"), complete("SELECT 1"), ready('I')));

        // then
        assertThat(got).containsExactly("Q", "Q");
        assertThat(zoned.toClient()).isEqualTo("DCZ");
        assertThat(zoned.leasesEnded).isEqualTo(1);
    }

    @Test
    void answerNobodyAskedForBreaksTheLease() {
        // given
        table.sends(query("select 1"));

        // when
        table.postgres.sends(frames(row("1"), parsed()));

        // then
        assertThat(table.broken).isNotNull();
        assertThat(table.toClient()).isEqualTo("D");
    }

    @Test
    void settingThatOutlivesTheTransactionIsDirt() {
        // given
        table.sends(query("set search_path to x"));

        // when
        table.postgres.sends(frames(complete("SET"), ready('T')));

        // then
        assertThat(table.postgres.connection().dirt().bits()).isEqualTo(Dirt.SETTINGS);
    }

    @Test
    void resetIsNoDirtButMayTakeAwayWhatTheClientWants() {
        // given
        var wanting =
                new RelayTable(100, new RelaySettings(false, true, true), ParameterSet.of(Map.of("search_path", "x")));
        wanting.sends(query("begin"));
        wanting.postgres.sends(frames(complete("SELECT 1"), ready('I'), complete("BEGIN"), ready('T')));
        wanting.sends(query("reset search_path"));
        wanting.postgres.received();

        // when
        wanting.postgres.sends(frames(complete("RESET"), ready('T')));
        wanting.sends(query("select 1"));

        // then
        assertThat(wanting.postgres.connection().dirt().bits()).isZero();
        assertThat(new String(wanting.postgres.received(), StandardCharsets.US_ASCII))
                .contains("set_config('search_path','x',false)", "select 1");
        wanting.clears();
    }

    @Test
    void resetOfWhoKnowsWhatIsDirt() {
        // given
        table.sends(query("do nothing"));

        // when
        table.postgres.sends(frames(complete("RESET"), ready('T')));

        // then
        assertThat(table.postgres.connection().dirt().bits()).isEqualTo(Dirt.SETTINGS);
    }

    /// However the bytes are cut on their way, both sides get the same.
    @Test
    void cutsMakeNoDifference() {
        // given
        byte[][] asked = {
            bytes(
                    parse("s", "select 1"),
                    bind("s"),
                    execute(),
                    parse("t", "select 1"),
                    describeStatement("t"),
                    sync(),
                    query("select '" + "q".repeat(300) + "'")),
            bytes(closeStatement("s"), bind("t"), execute(), sync())
        };
        byte[][] answered = {
            frames(
                    parsed(),
                    bound(),
                    row("1"),
                    complete("SELECT 1"),
                    frame('t', "\0\0"),
                    frame('T', "\0\0"),
                    ready('T'),
                    row("q".repeat(200)),
                    complete("SELECT 1"),
                    frame('S', "TimeZone\0UTC\0"),
                    ready('T')),
            frames(bound(), row("1"), complete("SELECT 1"), ready('I'))
        };
        var whole = new ByteArrayOutputStream();
        for (int round = 0; round < asked.length; round++) {
            table.sends(asked[round]);
            whole.writeBytes(table.postgres.received());
            table.postgres.sends(answered[round]);
        }
        byte[] clientGot = table.clientGot();

        for (int seed = 0; seed < 300; seed++) {
            // when
            var random = new Random(seed);
            var cut = new RelayTable(100);
            var cutServerGot = new ByteArrayOutputStream();
            for (int round = 0; round < asked.length; round++) {
                pieces(random, seed == 0 ? 1 : 40, asked[round], cut::sends);
                cutServerGot.writeBytes(cut.postgres.received());
                pieces(random, seed == 0 ? 1 : 40, answered[round], cut.postgres::sends);
            }

            // then
            assertThat(cutServerGot.toByteArray()).as("seed " + seed).isEqualTo(whole.toByteArray());
            assertThat(cut.clientGot()).as("seed " + seed).isEqualTo(clientGot);
            assertThat(cut.leasesEnded).as("seed " + seed).isEqualTo(1);
            cut.clears();
        }
        assertThat(new String(clientGot, StandardCharsets.ISO_8859_1)).contains("TimeZone");
    }

    @Test
    void messageWaitsWhileABatchBehindASyncMayStillChangeItsName() {
        // given
        table.sends(parse("s", "select 1"), sync(), query("select 2"), bind("s"), execute(), sync());
        var early = table.toServer();

        // when
        table.postgres.sends(frames(parsed(), ready('I')));
        var late = table.toServer();

        // then
        assertThat(early).containsExactly("P DOORMAN_0_1 select 1", "S", "Q");
        assertThat(late).containsExactly("B DOORMAN_0_1", "E", "S");
        table.postgres.sends(frames(complete("SELECT 1"), ready('I'), ONE_ROW));
        assertThat(table.leasesEnded).isEqualTo(1);
    }

    @Test
    void unnamedStatementOfEachBatchNeedsNoWait() {
        // given
        prepares("s", "select 1");

        // when
        for (int i = 0; i < 3; i++) {
            table.sends(parse("", "select 1"), bind(""), execute(), sync());
        }

        // then
        assertThat(table.toServer())
                .containsExactly("B DOORMAN_0_1", "E", "S", "B DOORMAN_0_1", "E", "S", "B DOORMAN_0_1", "E", "S");
    }

    private static void pieces(Random random, int longest, byte[] all, java.util.function.Consumer<byte[]> to) {
        for (int from = 0; from < all.length; ) {
            int end = Math.min(all.length, from + 1 + random.nextInt(longest));
            to.accept(Arrays.copyOfRange(all, from, end));
            from = end;
        }
    }

    @Test
    void slowClientHoldsNoServerForItsLastBytes() {
        // given
        byte[] rows = frames(row("1".repeat(100)), row("2".repeat(100)));
        byte[] last = frames(frame('D', "x".repeat(200_000)), complete("SELECT 3"), ready('I'));
        table.sends(query("select"));
        table.clientStopsReading();
        table.postgres.sends(rows);

        // when
        table.postgres.sends(last);

        // then
        assertThat(table.leasesEnded).isEqualTo(1);
        assertThat(table.relay.isLinked()).isFalse();
        table.clientReadsAgain();
        assertThat(table.clientGot()).isEqualTo(frames(rows, last));
    }

    @Test
    void hugeErrorPassesAsItIsThoughItNamesAStatement() {
        // given
        prepares("s", "select 1");
        table.sends(bind("s"), execute(), sync());
        var name = table.toServer().getFirst().replaceAll(".*(DOORMAN_\\S*).*", "$1");
        byte[] error = frame(
                'E', "SERROR\0VERROR\0C26000\0Mprepared statement \"" + name + "\" " + "!".repeat(2_000_000) + "\0\0");

        // when
        byte[] answer = frames(error, ready('I'));
        table.postgres.sends(Arrays.copyOf(answer, 500_000));
        table.postgres.sends(Arrays.copyOfRange(answer, 500_000, answer.length));

        // then
        assertThat(table.clientGot()).isEqualTo(answer);
        assertThat(table.leasesEnded).isEqualTo(2);
    }

    @Test
    void hugeParameterPassesAsItIs() {
        // given
        byte[] answer = frames(frame('S', "search_path\0" + "p".repeat(2_000_000) + "\0"), complete("SET"), ready('I'));
        table.sends(query("set search_path to p"));

        // when
        table.postgres.sends(Arrays.copyOf(answer, 500_000));
        table.postgres.sends(Arrays.copyOfRange(answer, 500_000, answer.length));

        // then
        assertThat(table.broken).isNull();
        assertThat(table.clientGot()).isEqualTo(answer);
    }
}
