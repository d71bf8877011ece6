package io.pgdoorman.pooler.relay;

import static io.pgdoorman.pooler.relay.RelayTable.complete;
import static io.pgdoorman.pooler.relay.RelayTable.error;
import static io.pgdoorman.pooler.relay.RelayTable.frames;
import static io.pgdoorman.pooler.relay.RelayTable.ready;
import static io.pgdoorman.pooler.script.Message.query;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Simple queries that come in pieces, and what they name.
class LongQueryTest {
    private static final int MEBIBYTE = 1024 * 1024;

    private final RelayTable table = new RelayTable(100);

    @AfterEach
    void clears() {
        table.clears();
    }

    /// All but the last bytes, in pieces as a socket gives them.
    private byte[] sendsAllBut(int last, byte[] bytes) {
        int end = bytes.length - last;
        for (int at = 0; at < end; at += 60_000) {
            table.sends(Arrays.copyOfRange(bytes, at, Math.min(end, at + 60_000)));
        }
        return Arrays.copyOfRange(bytes, end, bytes.length);
    }

    private static byte[] padded(String before, int length, String behind) {
        return query(before + "x".repeat(length) + behind).bytes();
    }

    @Test
    void statementIsFoundHoweverFarBehindItIsNamed() {
        // given
        table.prepares("q", "analyze t1");
        byte[] rest = sendsAllBut(5, padded("select '", 3 * MEBIBYTE, "'; execute q"));

        // when
        table.sends(rest);

        // then
        var got = table.toServer();
        assertThat(got).contains("P q analyze t1").endsWith("Q");
    }

    @Test
    void headOfAVeryLongOneIsSearched() {
        // given
        table.prepares("q", "analyze t1");

        // when
        byte[] rest = sendsAllBut(5, padded("execute q; select '", 5 * MEBIBYTE, "'"));

        // then
        assertThat(table.side.heldBytes()).isZero();

        // when
        table.sends(rest);

        // then
        assertThat(table.toServer()).contains("P q analyze t1").endsWith("Q");
    }

    @Test
    void veryLongOneThatPostgresSkipsIsSentToItsEndBeforeTheSync() {
        // given
        table.prepares("q", "analyze t1");
        byte[] rest = sendsAllBut(5, padded("execute q; select '", 5 * MEBIBYTE, "'"));

        // when
        table.postgres.sends(error("42P01"));
        table.sends(rest);

        // then
        assertThat(table.toServer()).contains("P q analyze t1").endsWith("Q", "S");

        // when
        table.postgres.sends(ready('I'));

        // then
        assertThat(table.toClient()).isEqualTo("EZ");
        assertThat(table.leasesEnded).isEqualTo(2);
    }

    @Test
    void whoPreparedNothingByNameIsNotHeldUp() {
        // given
        table.prepares("", "select 1");

        // when
        byte[] rest = sendsAllBut(5, padded("select '", 500_000, "'"));

        // then
        assertThat(table.side.heldBytes()).isZero();

        // when
        table.sends(rest);
        table.postgres.sends(frames(complete("SELECT 1"), ready('I')));

        // then
        assertThat(table.toServer()).containsExactly("Q");
        assertThat(table.toClient()).isEqualTo("CZ");
    }

    @Test
    void errorTellsHowFarAVeryLongOneIsSearched() {
        // given
        table.prepares("q", "analyze t1");
        table.sends(sendsAllBut(5, padded("select '", 5 * MEBIBYTE, "'; execute q")));
        table.clientGot();

        // when
        table.postgres.sends(error("26000"));

        // then
        assertThat(new String(table.clientGot(), StandardCharsets.ISO_8859_1))
                .contains("C26000\0", "Mno\0", "in its first 4194304 bytes");
    }
}
