package io.pgdoorman.pooler.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.pgdoorman.pooler.auth.AuthException;
import io.pgdoorman.pooler.auth.ScramKeys;
import io.pgdoorman.pooler.auth.ScramServer;
import io.pgdoorman.pooler.auth.Verifier;
import io.pgdoorman.pooler.tls.Encryption;
import io.pgdoorman.pooler.wire.ProtocolException;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ServerProofTest {
    private static final Verifier.Scram VERIFIER =
            ScramKeys.derive("pencil", "0123456789abcdef".getBytes(UTF_8), 16).verifier();
    private static final byte[] END_POINT = "digest of the certificate".getBytes(UTF_8);
    private static final Encryption BOUND =
            new Encryption("TLSv1.3", "TLS_AES_128_GCM_SHA256", Optional.of(END_POINT), Optional.empty());
    private static final Encryption UNBOUND =
            new Encryption("TLSv1.3", "TLS_AES_128_GCM_SHA256", Optional.empty(), Optional.empty());

    private static ServerProof proof(Encryption encryption) {
        return new ServerProof(new ServerSettings.Login("shop", "app", Credentials.Password.of("pencil")), encryption);
    }

    private static String offers(ServerProof proof, String mechanisms) throws AuthException, ProtocolException {
        return text(proof.answer(UnpooledByteBufAllocator.DEFAULT, message(10, (mechanisms + "\0\0").getBytes(UTF_8))));
    }

    private static ByteBuf message(int code, byte[] rest) {
        return Unpooled.buffer().writeInt(code).writeBytes(rest);
    }

    /// What was sent, without its tag and length.
    private static String text(@Nullable ByteBuf sent) {
        var message = Objects.requireNonNull(sent);
        try {
            return message.skipBytes(5).toString(UTF_8);
        } finally {
            message.release();
        }
    }

    /// The rest of the exchange with a server whose certificate has this digest.
    private static void goesOn(ServerProof proof, String initial, byte[] digest)
            throws AuthException, ProtocolException {
        var server = new ScramServer(VERIFIER, false, new ScramServer.Binding(true, true, digest));
        var first = server.first(initial.substring(initial.indexOf("p=")).getBytes(UTF_8));
        var last = text(proof.answer(UnpooledByteBufAllocator.DEFAULT, message(11, first)));
        var accepted = (ScramServer.Accepted) server.last(last.getBytes(UTF_8));
        assertThat(proof.answer(UnpooledByteBufAllocator.DEFAULT, message(12, accepted.serverFinal())))
                .isNull();
    }

    @Test
    void overTlsTheExchangeIsBoundToTheCertificate() throws AuthException, ProtocolException {
        // given
        var proof = proof(BOUND);

        // when
        var initial = offers(proof, "SCRAM-SHA-256-PLUS\0SCRAM-SHA-256");

        // then
        assertThat(initial).startsWith("SCRAM-SHA-256-PLUS\0").contains("p=tls-server-end-point,,n=");
        goesOn(proof, initial, END_POINT);
        assertThat(proof.answer(UnpooledByteBufAllocator.DEFAULT, message(0, new byte[0])))
                .isNull();
    }

    @Test
    void aServerThatOffersTheBoundOneOnlyIsEnough() throws AuthException, ProtocolException {
        // given
        var proof = proof(BOUND);

        // when then
        goesOn(proof, offers(proof, "SCRAM-SHA-256-PLUS"), END_POINT);
    }

    @Test
    void whoStandsBetweenWithAnotherCertificateGetsNothing() throws AuthException, ProtocolException {
        // given
        var proof = proof(BOUND);
        var initial = offers(proof, "SCRAM-SHA-256-PLUS");

        // when then
        assertThatThrownBy(() -> goesOn(proof, initial, "another's digest".getBytes(UTF_8)))
                .hasMessage("SCRAM channel binding check failed");
    }

    @Test
    void whoHidesTheOfferIsFoundOutByTheServer() throws AuthException, ProtocolException {
        // given
        var proof = proof(BOUND);
        var server = new ScramServer(VERIFIER, false, new ScramServer.Binding(true, false, END_POINT));

        // when
        var initial = offers(proof, "SCRAM-SHA-256");

        // then
        var first = initial.substring(initial.indexOf("y,,")).getBytes(UTF_8);
        assertThatThrownBy(() -> server.first(first)).hasMessage("SCRAM channel binding negotiation error");
    }

    @Test
    void withoutAnythingToBindToItIsNotBound() throws AuthException, ProtocolException {
        assertThat(offers(proof(UNBOUND), "SCRAM-SHA-256-PLUS\0SCRAM-SHA-256"))
                .startsWith("SCRAM-SHA-256\0")
                .contains("n,,n=");
        assertThat(offers(proof(Encryption.NONE), "SCRAM-SHA-256"))
                .startsWith("SCRAM-SHA-256\0")
                .contains("n,,n=");
        assertThatThrownBy(() -> offers(proof(UNBOUND), "SCRAM-SHA-256-PLUS"))
                .hasMessage("server offers SCRAM-SHA-256-PLUS only, and the signature of its certificate has no digest"
                        + " to bind to");
        assertThatThrownBy(() -> offers(proof(Encryption.NONE), "SCRAM-SHA-256-PLUS"))
                .hasMessage("server offers SCRAM-SHA-256-PLUS only, and the connection is without TLS");
    }

    @Test
    void aServerThatDoesNotProveItselfIsRefused() throws AuthException, ProtocolException {
        // given
        var proof = proof(BOUND);
        offers(proof, "SCRAM-SHA-256");

        // when then
        assertThatThrownBy(() -> proof.answer(UnpooledByteBufAllocator.DEFAULT, message(0, new byte[0])))
                .hasMessage("server skipped its SCRAM signature");
    }
}
