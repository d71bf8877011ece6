package io.pgdoorman.pooler.auth;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScramTest {
    private static final String RFC_CLIENT_NONCE = "rOprNGfwEbeRWgbNEkqO";
    private static final String RFC_SERVER_NONCE = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    private static final Verifier.Scram RFC_VERIFIER =
            Verifier.Scram.ofPassword("pencil", Base64.getDecoder().decode("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096);
    private static final Verifier.Scram VERIFIER =
            Verifier.Scram.ofPassword("pencil", "0123456789abcdef".getBytes(UTF_8), 16);

    @Test
    void bothSidesSpeakTheExchangeOfRfc7677() throws AuthException {
        // given
        var client = new ScramClient("user", "pencil", null, RFC_CLIENT_NONCE);
        var server = new ScramServer(RFC_VERIFIER, false, RFC_SERVER_NONCE);

        // when
        byte[] clientFirst = client.first();
        byte[] serverFirst = server.first(clientFirst);
        byte[] clientFinal = client.last(serverFirst);
        var accepted = (ScramServer.Accepted) server.last(clientFinal);
        client.verify(accepted.serverFinal());

        // then
        assertThat(text(clientFirst)).isEqualTo("n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
        assertThat(text(serverFirst))
                .isEqualTo("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
        assertThat(text(clientFinal))
                .isEqualTo("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                        + "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
        assertThat(text(accepted.serverFinal())).isEqualTo("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    }

    @Test
    void clientKeyOfAProofLogsInElsewhereWithoutThePassword() throws AuthException {
        // given
        var server = new ScramServer(VERIFIER, false);
        var client = ScramClient.withPassword("u", "pencil");
        var accepted = (ScramServer.Accepted) server.last(client.last(server.first(client.first())));

        // when
        var next = new ScramServer(VERIFIER, false);
        var passthrough = ScramClient.withKeys(accepted.clientKey(), VERIFIER);
        var outcome = (ScramServer.Accepted) next.last(passthrough.last(next.first(passthrough.first())));

        // then
        passthrough.verify(outcome.serverFinal());
        assertThat(outcome.clientKey()).isEqualTo(accepted.clientKey());
    }

    @Test
    void passthroughSaysThatTheServerHoldsAnotherVerifier() throws AuthException {
        // given
        var server = new ScramServer(RFC_VERIFIER, false);
        var client = ScramClient.withKeys(new byte[32], VERIFIER);
        byte[] serverFirst = server.first(client.first());

        // when
        var failure = catchThrowableOfType(AuthException.class, () -> client.last(serverFirst));

        // then
        assertThat(failure).hasMessageContaining("differs from the server's");
        assertThat(failure.sqlState()).isEqualTo("28P01");
    }

    @Test
    void rememberedKeysAreUsedOnlyWhileTheyFit() throws AuthException {
        // given
        var server = new ScramServer(RFC_VERIFIER, false);
        var stale = ScramKeys.derive("pencil", "other".getBytes(UTF_8), 7);
        var client = ScramClient.withPassword("u", "pencil", stale);

        // when
        var outcome = server.last(client.last(server.first(client.first())));

        // then
        assertThat(outcome).isInstanceOf(ScramServer.Accepted.class);
        assertThat(client.keys().orElseThrow().verifier()).isEqualTo(RFC_VERIFIER);
    }

    @Test
    void wrongPasswordAndUnknownUserGetTheSameAnswers() throws AuthException {
        // given
        var mocks = new MockVerifiers("secret".getBytes(UTF_8));
        var known = new ScramServer(Verifier.Scram.ofPassword("right", new SecureRandom()), false, "nonce");
        var unknown = new ScramServer(mocks.forUser("nobody"), true, "nonce");
        var toKnown = new ScramClient("u", "wrong", null, "mine");
        var toUnknown = new ScramClient("u", "wrong", null, "mine");

        // when
        byte[] firstOfKnown = known.first(toKnown.first());
        byte[] firstOfUnknown = unknown.first(toUnknown.first());

        // then
        assertThat(text(firstOfUnknown).replaceAll("s=[^,]*", "s="))
                .hasSameSizeAs(text(firstOfKnown).replaceAll("s=[^,]*", "s="))
                .isEqualTo("r=minenonce,s=,i=4096");
        assertThat(firstOfUnknown).hasSameSizeAs(firstOfKnown);
        assertThat(known.last(toKnown.last(firstOfKnown)))
                .isEqualTo(unknown.last(toUnknown.last(firstOfUnknown)))
                .isEqualTo(new ScramServer.Rejected());
    }

    @Test
    void mockExchangeIsRejectedEvenIfTheProofFits() throws AuthException {
        // given
        var server = new ScramServer(VERIFIER, true);
        var client = ScramClient.withPassword("u", "pencil");

        // when
        var outcome = server.last(client.last(server.first(client.first())));

        // then
        assertThat(outcome).isEqualTo(new ScramServer.Rejected());
    }

    @Test
    void saltOfAnUnknownUserIsTheSameAtEachTry() {
        // given
        var mocks = new MockVerifiers("secret".getBytes(UTF_8));

        // when
        var first = mocks.forUser("nobody");

        // then
        assertThat(mocks.forUser("nobody")).isEqualTo(first);
        assertThat(mocks.forUser("nobody2").salt()).isNotEqualTo(first.salt());
        assertThat(new MockVerifiers("other".getBytes(UTF_8)).forUser("nobody").salt())
                .isNotEqualTo(first.salt());
    }

    @ParameterizedTest
    @ValueSource(strings = {"n,,", "y,,"})
    void clientsWithoutChannelBindingPass(String header) throws AuthException {
        // given
        var server = new ScramServer(VERIFIER, false, "srv");
        byte[] serverFirst = server.first(bytes(header + "n=,r=abc,x=1"));
        String withoutProof = "c=" + Base64.getEncoder().encodeToString(bytes(header)) + ",r=abcsrv";

        // when
        var outcome = server.last(
                bytes(withoutProof + ",p=" + proof("n=,r=abc,x=1," + text(serverFirst) + "," + withoutProof)));

        // then
        assertThat(outcome).isInstanceOf(ScramServer.Accepted.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|08P01|The message is empty.",
                "x,,n=,r=a|08P01|Unexpected channel-binding flag \"x\".",
                "p=tls-unique,,n=,r=a|08P01|without channel binding",
                "n|08P01|Comma expected, but found character \"0x00\".",
                "n,a=me,n=,r=a|0A000|client uses authorization identity, but it is not supported",
                "n,x,n=,r=a|08P01|Unexpected attribute \"x\" in client-first-message.",
                "n,,m=x,n=,r=a|0A000|client requires an unsupported SCRAM extension",
                "n,,r=a|08P01|Expected attribute \"n\" but found \"r\".",
                "n,,n|08P01|Expected character \"=\" for attribute \"n\".",
                "n,,n=|08P01|Expected attribute \"r\" but found \"0x00\".",
                "n,,n=,r=|08P01|non-printable characters in SCRAM nonce",
                "n,,n=,r=a b|08P01|non-printable characters in SCRAM nonce",
                "n,,n=,r=a,9=1|08P01|Attribute expected, but found invalid character \"9\".",
            })
    void brokenFirstMessageIsRefusedAsPostgresqlRefusesIt(String message, String sqlState, String reason) {
        // given
        var server = new ScramServer(VERIFIER, false);

        // when
        var failure = catchThrowableOfType(AuthException.class, () -> server.first(bytes(message)));

        // then
        assertThat(failure.sqlState()).isEqualTo(sqlState);
        assertThat(failure.getMessage() + " " + failure.detail()).contains(reason);
        assertThat(failure.getStackTrace()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "r=abcsrv,c=biws,p=X|Expected attribute \"c\" but found \"r\".",
                "c=biws,p=X|Expected attribute \"r\" but found \"p\".",
                "c=biws,r=abcsrv|Attribute expected, but found end of string.",
                "c=biws,r=abcsrv,p=X|Malformed proof in client-final-message.",
                "c=biws,r=abcsrv,p=AAAA|Malformed proof in client-final-message.",
                "c=biws,r=abcsrv,p=PROOF,x=1|Garbage found at the end of client-final-message.",
                "c=eSws,r=abcsrv,p=PROOF|unexpected SCRAM channel-binding attribute in client-final-message",
                "c=biws,r=abcsr,p=PROOF|Nonce does not match.",
            })
    void brokenFinalMessageIsRefusedAsPostgresqlRefusesIt(String message, String reason) throws AuthException {
        // given
        var server = new ScramServer(VERIFIER, false, "srv");
        server.first(bytes("n,,n=,r=abc"));
        byte[] clientFinal = bytes(message.replace("PROOF", Base64.getEncoder().encodeToString(new byte[32])));

        // when
        var failure = catchThrowableOfType(AuthException.class, () -> server.last(clientFinal));

        // then
        assertThat(failure.sqlState()).isEqualTo("08P01");
        assertThat(failure.getMessage() + " " + failure.detail()).contains(reason);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "r=other,s=AAAA,i=1",
                "r=mine,s=AAAA,i=1",
                "r=mineX,s=,i=1",
                "r=mineX,s=!!!!,i=1",
                "r=mineX,s=AAAA,i=0",
                "r=mineX,s=AAAA,i=-1",
                "r=mineX,s=AAAA,i=1000001",
                "r=mineX,s=AAAA,i=99999999999999999999",
                "r=mineX,s=AAAA,i=1,x=2",
                "m=x,r=mineX,s=AAAA,i=1"
            })
    void clientRefusesABrokenServer(String serverFirst) {
        // given
        var client = new ScramClient("", "pencil", null, "mine");

        // when then
        assertThatThrownBy(() -> client.last(bytes(serverFirst))).isInstanceOf(AuthException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "v=", "v=AAAA", "e=other-error", "v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="})
    void clientRefusesAServerThatDoesNotKnowTheVerifier(String serverFinal) throws AuthException {
        // given
        var client = new ScramClient("", "pencil", null, "mine");
        client.last(bytes("r=mineX,s=AAAA,i=1"));

        // when then
        assertThatThrownBy(() -> client.verify(bytes(serverFinal))).isInstanceOf(AuthException.class);
    }

    @Test
    void exchangeRunsOnlyOnce() throws AuthException {
        // given
        var server = new ScramServer(VERIFIER, false);
        var client = ScramClient.withPassword("u", "pencil");
        byte[] clientFinal = client.last(server.first(client.first()));
        server.last(clientFinal);

        // when then
        assertThatThrownBy(() -> server.last(clientFinal)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> server.first(client.first())).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void noBytesRaiseAnythingButAuthException() throws AuthException {
        // given
        var random = new Random(7677);
        var seeds = new String[] {
            "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
            "c=biws,r=abcsrv,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
            "r=mineX,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4",
            "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
        };
        int accepted = 0;

        // when
        for (int i = 0; i < 100_000; i++) {
            byte[] hostile = mutated(bytes(seeds[i % seeds.length]), random);
            accepted += survives(hostile, i % seeds.length) ? 1 : 0;
        }

        // then
        assertThat(accepted).isPositive();
    }

    private static boolean survives(byte[] hostile, int stage) throws AuthException {
        var server = new ScramServer(VERIFIER, false, "srv");
        var client = new ScramClient("", "pencil", null, "mine");
        if (stage == 1) {
            server.first(bytes("n,,n=,r=abc"));
        }
        if (stage == 3) {
            client.last(bytes("r=mineX,s=AAAA,i=1"));
        }
        try {
            switch (stage) {
                case 0 -> server.first(hostile);
                case 1 -> assertThat(server.last(hostile)).isInstanceOf(ScramServer.Rejected.class);
                case 2 -> client.last(hostile);
                default -> client.verify(hostile);
            }
            return true;
        } catch (AuthException e) {
            return e.getMessage() == null;
        }
    }

    static byte[] mutated(byte[] seed, Random random) {
        byte[] bytes = seed.clone();
        for (int n = random.nextInt(3); n >= 0 && bytes.length > 0; n--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(4)) {
                case 0 -> bytes[at] = (byte) random.nextInt();
                case 1 -> bytes = Arrays.copyOf(bytes, at);
                case 2 -> bytes = Arrays.copyOf(bytes, bytes.length + random.nextInt(64));
                default -> bytes[at] = (byte) ",=\0n".charAt(random.nextInt(4));
            }
        }
        return bytes;
    }

    private static String proof(String authMessage) {
        byte[] clientKey = ScramKeys.derive("pencil", VERIFIER.salt(), VERIFIER.iterations())
                .clientKey();
        return Base64.getEncoder()
                .encodeToString(Crypto.xor(clientKey, Crypto.hmac(VERIFIER.storedKey(), bytes(authMessage))));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(ISO_8859_1);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, ISO_8859_1);
    }
}
