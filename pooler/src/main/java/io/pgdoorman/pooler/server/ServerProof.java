package io.pgdoorman.pooler.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.pgdoorman.pooler.auth.AuthException;
import io.pgdoorman.pooler.auth.Md5Auth;
import io.pgdoorman.pooler.auth.ScramClient;
import io.pgdoorman.pooler.tls.Encryption;
import io.pgdoorman.pooler.wire.CString;
import io.pgdoorman.pooler.wire.FrontendWriter;
import io.pgdoorman.pooler.wire.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Answers PostgreSQL's Authentication messages for one login, and demands that PostgreSQL proves itself where the
/// method lets it (PostgreSQL manual, "SASL Authentication"). One thread.
///
/// Over TLS SCRAM is bound to the certificate that PostgreSQL showed: whoever stands between would need its key.
final class ServerProof {
    private static final String SCRAM = "SCRAM-SHA-256";
    private static final String SCRAM_PLUS = "SCRAM-SHA-256-PLUS";

    private static final int OK = 0;
    private static final int CLEARTEXT = 3;
    private static final int MD5 = 5;
    private static final int SASL = 10;
    private static final int SASL_CONTINUE = 11;
    private static final int SASL_FINAL = 12;

    private final ServerSettings.Login login;
    private final Encryption encryption;
    private @Nullable ScramClient scram;
    private boolean serverProven;

    ServerProof(ServerSettings.Login login, Encryption encryption) {
        this.login = login;
        this.encryption = encryption;
    }

    /// What takes milliseconds, so that no event loop has time for it.
    interface Labour {
        /// What to say then.
        byte[] result() throws AuthException;
    }

    /// What has to be computed elsewhere before this message can be answered; null where [#answer] knows at once.
    @Nullable
    Labour labour(ByteBuf body) throws ProtocolException {
        int from = body.readerIndex();
        int code = body.readableBytes() < Integer.BYTES ? OK : body.getInt(from);
        if (code == CLEARTEXT && login.credentials() instanceof Credentials.Token(var signer)) {
            return () -> (signer.tokenFor(login.user()) + "\0").getBytes(StandardCharsets.UTF_8);
        }
        if (code != SASL_CONTINUE || !(login.credentials() instanceof Credentials.Password)) {
            return null;
        }
        var exchange = scram();
        var serverFirst = new byte[body.readableBytes() - Integer.BYTES];
        body.getBytes(from + Integer.BYTES, serverFirst);
        return () -> exchange.last(serverFirst);
    }

    /// The message with what was computed.
    static ByteBuf said(ByteBufAllocator allocator, byte[] result) {
        return password(allocator, result, false);
    }

    /// What to say to this message; null when nothing.
    @Nullable
    ByteBuf answer(ByteBufAllocator allocator, ByteBuf body) throws AuthException, ProtocolException {
        if (body.readableBytes() < 4) {
            throw ProtocolException.violation("short Authentication message");
        }
        int code = body.readInt();
        return switch (code) {
            case OK -> {
                if (scram != null && !serverProven) {
                    throw ProtocolException.violation("server skipped its SCRAM signature");
                }
                yield null;
            }
            case CLEARTEXT -> password(allocator, cleartext(), true);
            case MD5 -> password(allocator, md5(body), true);
            case SASL -> begin(allocator, body);
            case SASL_CONTINUE -> password(allocator, scram().last(bytes(body)), false);
            case SASL_FINAL -> {
                end(bytes(body));
                yield null;
            }
            default -> throw ProtocolException.violation("authentication method " + code + " is not supported");
        };
    }

    private static ByteBuf password(ByteBufAllocator allocator, byte[] content, boolean terminated) {
        var out = allocator.buffer(content.length + 6);
        FrontendWriter.password(out, content, terminated);
        return out;
    }

    private byte[] cleartext() throws ProtocolException {
        if (login.credentials() instanceof Credentials.Password known) {
            return known.password().getBytes(StandardCharsets.UTF_8);
        }
        throw ProtocolException.violation("server asks for the password, and only a hash of it is known");
    }

    private byte[] md5(ByteBuf body) throws ProtocolException {
        if (body.readableBytes() < 4) {
            throw ProtocolException.violation("short md5 salt");
        }
        var salt = new byte[4];
        body.readBytes(salt);
        var hash = switch (login.credentials()) {
            case Credentials.Md5Hash known -> known.hash();
            case Credentials.Password known -> Md5Auth.hash(login.user(), known.password());
            case Credentials.None _, Credentials.Passthrough _, Credentials.Token _ ->
                throw ProtocolException.violation("server asks for md5, and no password or md5 hash is known");
        };
        return Md5Auth.response(hash, salt);
    }

    // ---- SASL

    private ByteBuf begin(ByteBufAllocator allocator, ByteBuf body) throws ProtocolException {
        Set<String> offered = new HashSet<>();
        while (body.isReadable() && body.getByte(body.readerIndex()) != 0) {
            offered.add(CString.read(body));
        }
        boolean bound = offered.contains(SCRAM_PLUS) && encryption.binding().isPresent();
        if (!bound && !offered.contains(SCRAM)) {
            throw ProtocolException.violation(
                    offered.contains(SCRAM_PLUS)
                            ? "server offers " + SCRAM_PLUS + " only, and " + unbound()
                            : "server does not offer " + SCRAM);
        }
        var exchange = exchange().bindTo(binding(bound));
        scram = exchange;
        var first = exchange.first();
        var out = allocator.buffer(128);
        FrontendWriter.saslInitialResponse(out, bound ? SCRAM_PLUS : SCRAM, first);
        return out;
    }

    private ScramClient.Binding binding(boolean bound) {
        return encryption
                .binding()
                .map(data -> bound ? ScramClient.Binding.of(data) : ScramClient.Binding.NOT_OFFERED)
                .orElse(ScramClient.Binding.NONE);
    }

    private String unbound() {
        return encryption.isOn()
                ? "the signature of its certificate has no digest to bind to"
                : "the connection is without TLS";
    }

    private ScramClient exchange() throws ProtocolException {
        return switch (login.credentials()) {
            case Credentials.Password known ->
                ScramClient.withPassword(
                        login.user(), known.password(), known.remembered().get().orElse(null));
            case Credentials.Passthrough known ->
                ScramClient.withKeys(
                        known.clientKey()
                                .get()
                                .orElseThrow(() -> ProtocolException.violation(
                                        "it asks for SCRAM, and no client has logged in with the password since"
                                                + " it was set; server_password would do without")),
                        known.verifier());
            case Credentials.None _, Credentials.Md5Hash _, Credentials.Token _ ->
                throw ProtocolException.violation("server asks for SCRAM, and no password or SCRAM verifier is known");
        };
    }

    private void end(byte[] serverFinal) throws AuthException, ProtocolException {
        scram().verify(serverFinal);
        serverProven = true;
        if (login.credentials() instanceof Credentials.Password known) {
            known.remembered().set(scram().keys());
        }
    }

    private ScramClient scram() throws ProtocolException {
        var exchange = scram;
        if (exchange == null) {
            throw ProtocolException.violation("SASL message out of order");
        }
        return exchange;
    }

    private static byte[] bytes(ByteBuf body) {
        var bytes = new byte[body.readableBytes()];
        body.readBytes(bytes);
        return bytes;
    }
}
