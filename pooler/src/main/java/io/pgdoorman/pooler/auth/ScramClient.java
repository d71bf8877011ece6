package io.pgdoorman.pooler.auth;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The client's side of one SCRAM-SHA-256 exchange, towards PostgreSQL: with a password, or with the ClientKey of a
/// user who logged in before us (passthrough). In both cases the server has to prove that it knows the verifier.
///
/// Used once, by one thread.
public final class ScramClient {
    /// More than any server sends; an endless one must not fill memory.
    public static final int MAX_MESSAGE = 4096;

    /// A server may not buy more than about a second of our processor with one number.
    public static final int MAX_ITERATIONS = 1_000_000;

    private static final int NONCE_BYTES = 18;
    private static final SecureRandom RANDOM = new SecureRandom();

    private static final String END_POINT = "p=tls-server-end-point,,";

    private final String user;
    private final String ownNonce;
    private final @Nullable String password;
    private @Nullable ScramKeys keys;
    private byte @Nullable [] serverSignature;
    private Binding binding = Binding.NONE;

    /// What the exchange is bound to (RFC 5802 section 6; RFC 5929, `tls-server-end-point`).
    ///
    /// @param header the GS2 header
    @SuppressWarnings("ArrayRecordComponent") // never compared as a record
    public record Binding(String header, byte[] data) {
        /// To nothing: there is no TLS, or nothing in it to bind to.
        public static final Binding NONE = new Binding("n,,", new byte[0]);

        /// It could be bound, and the server does not offer that. A server that does, and was kept from saying so,
        /// refuses this.
        public static final Binding NOT_OFFERED = new Binding("y,,", new byte[0]);

        /// SCRAM-SHA-256-PLUS.
        public static Binding of(byte[] endPoint) {
            return new Binding(END_POINT, endPoint);
        }

        String channel() {
            byte[] start = ScramText.bytes(header);
            byte[] all = Arrays.copyOf(start, start.length + data.length);
            System.arraycopy(data, 0, all, start.length, data.length);
            return Base64Text.encode(all);
        }
    }

    ScramClient(String user, @Nullable String password, @Nullable ScramKeys keys, String ownNonce) {
        this.user = user;
        this.password = password;
        this.keys = keys;
        this.ownNonce = ownNonce;
    }

    /// Derives the keys from the password, which costs milliseconds; [#keys()] saves them for the next connection.
    public static ScramClient withPassword(String user, String password) {
        return new ScramClient(user, password, null, newNonce());
    }

    /// As [#withPassword(String, String)], but without deriving where the server's salt and iterations are still those
    /// of `remembered`.
    public static ScramClient withPassword(String user, String password, @Nullable ScramKeys remembered) {
        return new ScramClient(user, password, remembered, newNonce());
    }

    /// Passthrough: the server must hold exactly this verifier, salt and iterations included.
    public static ScramClient withKeys(byte[] clientKey, Verifier.Scram verifier) {
        ScramKeys keys = new ScramKeys(verifier.iterations(), verifier.salt(), clientKey, verifier.serverKey());
        return new ScramClient("", null, keys, newNonce());
    }

    /// Binds the exchange; before it begins.
    public ScramClient bindTo(Binding channel) {
        binding = channel;
        return this;
    }

    /// client-first-message. PostgreSQL ignores the name in it and takes that of the startup packet.
    public byte[] first() {
        return ScramText.bytes(binding.header() + firstBare());
    }

    /// Takes server-first-message, gives client-final-message with the proof.
    public byte[] last(byte[] serverFirst) throws AuthException {
        ScramText text = new ScramText(serverFirst, MAX_MESSAGE);
        String nonce = text.attribute('r');
        if (!nonce.startsWith(ownNonce) || nonce.length() == ownNonce.length()) {
            throw new AuthException("08P01", "invalid SCRAM response", "Nonce does not match.");
        }
        byte[] salt = Base64Text.decode(text.attribute('s'));
        if (salt == null || salt.length == 0) {
            throw AuthException.malformed("Invalid salt in server-first-message.");
        }
        int iterations = iterations(text.attribute('i'));
        if (!text.atEnd()) {
            throw AuthException.malformed("Garbage found at the end of server-first-message.");
        }
        ScramKeys fitting = keysFor(salt, iterations);
        keys = fitting;
        String withoutProof = "c=" + binding.channel() + ",r=" + nonce;
        byte[] signed = ScramText.bytes(firstBare() + "," + text.from(0) + "," + withoutProof);
        byte[] storedKey = Crypto.sha256(fitting.clientKey());
        byte[] proof = Crypto.xor(fitting.clientKey(), Crypto.hmac(storedKey, signed));
        serverSignature = Crypto.hmac(fitting.serverKey(), signed);
        return ScramText.bytes(withoutProof + ",p=" + Base64Text.encode(proof));
    }

    /// Takes server-final-message; returns only if the server knows the verifier.
    public void verify(byte[] serverFinal) throws AuthException {
        byte[] expected = serverSignature;
        if (expected == null) {
            throw new IllegalStateException("server-final-message comes after server-first-message");
        }
        ScramText text = new ScramText(serverFinal, MAX_MESSAGE);
        if (text.peek() == 'e') {
            String error = text.attribute('e');
            throw new AuthException("28P01", "error received from server in SCRAM exchange", error);
        }
        byte[] signature = Base64Text.decode(text.attribute('v'));
        if (signature == null || signature.length != Crypto.KEY_LENGTH || !text.atEnd()) {
            throw AuthException.malformed("Malformed server-final-message.");
        }
        if (!MessageDigest.isEqual(signature, expected)) {
            throw new AuthException("28P01", "incorrect server signature", null);
        }
    }

    /// The keys of this exchange, known after [#last(byte[])]; keep them only once [#verify(byte[])] has passed.
    public Optional<ScramKeys> keys() {
        return Optional.ofNullable(keys);
    }

    private ScramKeys keysFor(byte[] salt, int iterations) throws AuthException {
        ScramKeys known = keys;
        if (known != null && known.fit(salt, iterations)) {
            return known;
        }
        if (password == null) {
            throw new AuthException(
                    "28P01",
                    "the SCRAM verifier of this user differs from the server's",
                    "Passthrough needs the same salt and iterations on both sides: copy the verifier from pg_authid"
                            + " anew.");
        }
        return ScramKeys.derive(password, salt, iterations);
    }

    private static int iterations(String text) throws AuthException {
        if (!text.matches("[0-9]{1,9}")) {
            throw AuthException.malformed("Invalid iteration count in server-first-message.");
        }
        int iterations = Integer.parseInt(text);
        if (iterations < 1 || iterations > MAX_ITERATIONS) {
            throw AuthException.malformed("Iteration count " + iterations + " is not in 1.." + MAX_ITERATIONS + ".");
        }
        return iterations;
    }

    /// Latin-1 characters that stand for the bytes sent, as everywhere in [ScramText].
    private String firstBare() {
        String escaped = user.replace("=", "=3D").replace(",", "=2C");
        String name = new String(escaped.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        return "n=" + name + ",r=" + ownNonce;
    }

    private static String newNonce() {
        byte[] nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        return Base64Text.encode(nonce);
    }
}
