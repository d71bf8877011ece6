package io.pgdoorman.pooler.auth;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;

/// The keys that a password gives with one salt and iteration count: enough to log in to PostgreSQL again without the
/// milliseconds of the derivation. As secret as the password.
@SuppressWarnings("ArrayRecordComponent") // bytes go to digests as they are; equality is defined below
public record ScramKeys(int iterations, byte[] salt, byte[] clientKey, byte[] serverKey) {
    private static final byte[] CLIENT_KEY = "Client Key".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SERVER_KEY = "Server Key".getBytes(StandardCharsets.US_ASCII);

    /// RFC 5802 section 3 on the prepared password, or on its UTF-8 bytes where SASLprep refuses it, as PostgreSQL
    /// does.
    public static ScramKeys derive(String password, byte[] salt, int iterations) {
        byte[] prepared = SaslPrep.prepare(password).orElse(password).getBytes(StandardCharsets.UTF_8);
        byte[] salted = Crypto.saltedPassword(prepared, salt, iterations);
        var keys = new ScramKeys(iterations, salt, Crypto.hmac(salted, CLIENT_KEY), Crypto.hmac(salted, SERVER_KEY));
        Arrays.fill(prepared, (byte) 0);
        Arrays.fill(salted, (byte) 0);
        return keys;
    }

    /// What a server stores to check these keys.
    public Verifier.Scram verifier() {
        return new Verifier.Scram(iterations, salt, Crypto.sha256(clientKey), serverKey);
    }

    boolean fit(byte[] otherSalt, int otherIterations) {
        return iterations == otherIterations && Arrays.equals(salt, otherSalt);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ScramKeys that
                && fit(that.salt, that.iterations)
                && Arrays.equals(clientKey, that.clientKey)
                && Arrays.equals(serverKey, that.serverKey);
    }

    @Override
    public int hashCode() {
        return Objects.hash(iterations, Arrays.hashCode(salt), Arrays.hashCode(clientKey), Arrays.hashCode(serverKey));
    }

    @Override
    public String toString() {
        return "ScramKeys[iterations=" + iterations + ", ***]";
    }
}
