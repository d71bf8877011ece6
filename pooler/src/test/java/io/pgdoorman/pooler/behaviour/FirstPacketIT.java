package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.script.Message.cancelRequest;
import static io.pgdoorman.pooler.script.Message.gssencRequest;
import static io.pgdoorman.pooler.script.Message.query;
import static io.pgdoorman.pooler.script.Message.raw;
import static io.pgdoorman.pooler.script.Message.sslRequest;
import static io.pgdoorman.pooler.script.Message.startup;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Message;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.WireClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a client says first, and which protocol it then gets. The pooler speaks PostgreSQL 18's 3.0 to 3.2, whatever
/// the PostgreSQL behind it speaks; all else is compared with PostgreSQL byte for byte.
class FirstPacketIT {
    private static final Door POSTGRES = EmbeddedPg.shared().door();
    private static final PoolerFixture POOLER = PoolerFixture.wish().start();
    private static final Door DOOR = POOLER.door();

    @AfterAll
    static void stops() {
        POOLER.close();
    }

    @ParameterizedTest
    @EnumSource
    void brokenStartupGetsPostgresqlsBytes(BrokenStartup broken) {
        // when
        var fromPooler = bytesFor(DOOR, broken.bytes());

        // then
        assertThat(fromPooler).isEqualTo(bytesFor(POSTGRES, broken.bytes()));
    }

    /// As PostgreSQL 18 answers; 17 knows 3.0 only.
    @ParameterizedTest
    @CsvSource({
        "0x30000, 4, -1",
        "0x30001, 4, -1",
        "0x30002, 32, -1",
        "0x30003, 32, 2",
        "0x3270f, 32, 2" // 3.9999, with which libpq 18 greases
    })
    void minorVersionDecidesTheLengthOfTheCancelKey(String version, int secret, int negotiated) {
        // given
        try (var client = DOOR.connect()) {
            // when
            client.protocol(Integer.decode(version)).loggedIn("app", "app-secret", Door.DATABASE, Map.of());

            // then
            assertThat(client.key()).hasSize(4 + secret);
            assertThat(client.negotiations())
                    .isEqualTo(negotiated < 0 ? "" : "\0\3\0" + (char) negotiated + "\0\0\0\0");
            assertThat(client.asksOne("select 1")).isEqualTo("1");
        }
    }

    @Test
    void unknownOptionsAreNamedAsByPostgresql() {
        // given
        Map<String, String> options = new LinkedHashMap<>();
        options.put("_pq_.first", "1");
        options.put("_pq_.second", "on");
        try (var pooled = DOOR.connect();
                var direct = POSTGRES.connect()) {
            // when
            pooled.loggedIn("app", "app-secret", Door.DATABASE, options);
            direct.loggedIn("app", "app-secret", Door.DATABASE, options);

            // then
            assertThat(pooled.negotiations())
                    .isEqualTo(direct.negotiations())
                    .isEqualTo("\0\3\0\0\0\0\0\2_pq_.first\0_pq_.second\0");
            assertThat(pooled.asksOne("select 1")).isEqualTo("1");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 4, 7, 32, 256})
    void cancelRequestOfNobodyIsClosedWithoutAWord(int secret) {
        // given
        byte[] key = new byte[4 + secret];
        try (var client = DOOR.connect()) {
            // when then
            assertThat(client.sends(cancelRequest(key)).receivesToEnd()).isEmpty();
        }
    }

    @Test
    void longKeyCancels() {
        // given
        try (var client = DOOR.connect().protocol(0x30002);
                var canceller = DOOR.connect()) {
            client.loggedIn("app", "app-secret", Door.DATABASE, Map.of());
            client.sends(query("select pg_sleep(60), 'long key'"));
            Running.query("long key");

            // when
            canceller.sends(cancelRequest(client.key())).receivesToEnd();

            // then
            assertThat(client.receivesReady())
                    .anySatisfy(reply -> assertThat(reply.sqlState()).isEqualTo("57014"));
        }
    }

    @Test
    void encryptionIsDeclinedAsOftenAsItIsAskedForInTurns() {
        // given
        try (var client = DOOR.connect()) {
            // when
            for (int i = 0; i < 4; i++) {
                assertThat(client.sends(i % 2 == 0 ? sslRequest() : gssencRequest())
                                .receivesByte())
                        .isEqualTo('N');
            }

            // then
            client.loggedIn("app", "app-secret", Door.DATABASE, Map.of());
        }
    }

    @Test
    void encryptionAskedForTwiceIsTakenForAVersion() {
        for (var request : new Message[] {sslRequest(), gssencRequest()}) {
            // when
            var fromPooler = bytesAfterDecline(DOOR, request);

            // then
            assertThat(fromPooler).isEqualTo(bytesAfterDecline(POSTGRES, request));
        }
    }

    @Test
    void bytesBehindAnEncryptionRequestAreRefusedAsByPostgresql() {
        for (var request : new Message[] {sslRequest(), gssencRequest()}) {
            // given
            byte[] hello = startup(Map.of("user", "app")).bytes();
            byte[] both = new byte[request.bytes().length + hello.length];
            System.arraycopy(request.bytes(), 0, both, 0, request.bytes().length);
            System.arraycopy(hello, 0, both, request.bytes().length, hello.length);

            // when
            var fromPooler = bytesFor(DOOR, both);

            // then
            assertThat(fromPooler).isEqualTo(bytesFor(POSTGRES, both)).contains("08P01");
        }
    }

    @Test
    void requestMayComeWithMoreThanItsCode() {
        // given
        byte[] padded = {0, 0, 0, 12, 4, (byte) 0xd2, 22, 47, 1, 2, 3, 4};
        for (var door : new Door[] {POSTGRES, DOOR}) {
            try (WireClient client = door.connect()) {
                // when then
                assertThat(client.sends(raw(padded)).receivesByte()).isEqualTo('N');
                client.loggedIn("app", "app-secret", Door.DATABASE, Map.of());
            }
        }
    }

    private static String bytesAfterDecline(Door door, Message request) {
        try (var client = door.connect()) {
            assertThat(client.sends(request).receivesByte()).isEqualTo('N');
            return client.sends(request)
                    .receivesToEnd()
                    .toString()
                    .replaceAll("(, [FLR]=[^,}]*)|3\\.0 to 3\\.[02]", "");
        }
    }

    /// All that comes back until the other side closes, without the places in PostgreSQL's source and the newest
    /// version.
    private static String bytesFor(Door door, byte[] bytes) {
        try (var socket = new Socket()) {
            socket.setSoTimeout(WireClient.PATIENCE_MILLIS);
            socket.connect(new InetSocketAddress(door.host(), door.port()));
            socket.getOutputStream().write(bytes);
            socket.shutdownOutput();
            return new String(read(socket), ISO_8859_1)
                    .replaceAll("E\0\0\0.SFATAL", "E....SFATAL")
                    .replaceAll("\0[FLR][^\0]*", "")
                    .replaceAll("3\\.0 to 3\\.[02]", "3.x");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] read(Socket socket) throws IOException {
        var all = new ByteArrayOutputStream();
        try {
            socket.getInputStream().transferTo(all);
        } catch (SocketException reset) {
            assertThat(reset).hasMessageContaining("reset"); // the peer closed and did not read all
        }
        return all.toByteArray();
    }
}
