package io.pgdoorman.pooler.relay;

import static io.pgdoorman.pooler.relay.RelayTable.bound;
import static io.pgdoorman.pooler.relay.RelayTable.bytes;
import static io.pgdoorman.pooler.relay.RelayTable.complete;
import static io.pgdoorman.pooler.relay.RelayTable.error;
import static io.pgdoorman.pooler.relay.RelayTable.frame;
import static io.pgdoorman.pooler.relay.RelayTable.frames;
import static io.pgdoorman.pooler.relay.RelayTable.parsed;
import static io.pgdoorman.pooler.relay.RelayTable.ready;
import static io.pgdoorman.pooler.relay.RelayTable.row;
import static io.pgdoorman.pooler.relay.RelayTable.synced;
import static io.pgdoorman.pooler.script.Message.bind;
import static io.pgdoorman.pooler.script.Message.closeStatement;
import static io.pgdoorman.pooler.script.Message.copyData;
import static io.pgdoorman.pooler.script.Message.copyDone;
import static io.pgdoorman.pooler.script.Message.describeStatement;
import static io.pgdoorman.pooler.script.Message.execute;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RelayTest {
    private final RelayTable table = new RelayTable(100);

    @AfterEach
    void clears() {
        table.clears();
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
        assertThat(table.side.isLinked()).isFalse();
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
                frames(parsed(), bound(), row("UTC"), complete("SELECT 1")),
                frames(frame('I', ""), frame('S', "TimeZone\0UTC\0"), ready('I'))));
        zoned.postgres.sends(frames(row("1"), complete("SELECT 1"), ready('I')));

        // then
        assertThat(got).containsExactly("P SELECT pg_catalog.set_config('TimeZone','UTC',false)", "B", "E", "Q", "Q");
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
        wanting.postgres.sends(frames(synced(), complete("BEGIN"), ready('T')));
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
                    parse("s", "analyze t1"),
                    bind("s"),
                    execute(),
                    parse("t", "analyze t1"),
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
        assertThat(table.side.isLinked()).isFalse();
        table.clientReadsAgain();
        assertThat(table.clientGot()).isEqualTo(frames(rows, last));
    }

    @Test
    void hugeErrorPassesAsItIsThoughItNamesAStatement() {
        // given
        table.prepares("s", "analyze t1");
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

    @ParameterizedTest
    @CsvSource({"8000, true", "9000, false"})
    void longValueOfAParameterIsToldAndKeptForNoClient(int length, boolean isKept) {
        // given
        byte[] answer = frames(frame('S', "search_path\0" + "p".repeat(length) + "\0"), complete("SET"), ready('I'));
        table.sends(query("set search_path to p"));

        // when
        table.postgres.sends(answer);

        // then
        assertThat(table.clientGot()).isEqualTo(answer);
        assertThat(table.side.knownParameters().wanted().values().containsKey("search_path"))
                .isEqualTo(isKept);
    }

    @Test
    void cancelThatHitsAQuestionOfOursIsNobodysError() {
        // given
        var pinned = new RelayTable(
                100, new RelaySettings(false, true, true), ParameterSet.EMPTY, new Pinning(Dirt.LISTENS, 1));
        pinned.sends(query("listen news"));
        pinned.postgres.sends(frames(complete("LISTEN"), ready('I')));
        pinned.sends(query("unlisten news"));
        pinned.postgres.sends(frames(complete("UNLISTEN"), ready('I')));

        // when: it was sent while UNLISTEN ran, and PostgreSQL is asked which channels are left
        pinned.postgres.sends(frames(error("57014"), ready('I')));

        // then
        assertThat(pinned.broken).isNull();
        assertThat(pinned.toClient()).isEqualTo("CZCZ");
        assertThat(pinned.side.isPinned()).isTrue();
        pinned.clears();
    }
}
