package io.pgdoorman.pooler.auth;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/// Verifiers for users that do not exist. An attacker sees the same exchange as for a wrong password, and the same salt
/// at each try, because everything is derived from the name and a secret of the process (RFC 5802 section 9, and
/// PostgreSQL's mock authentication).
public final class MockVerifiers {
    private final byte[] processSecret;
    private volatile int iterations;

    /// The secret stays the same for the life of the process, and is known to nobody else.
    public MockVerifiers(byte[] processSecret) {
        this(processSecret, Verifier.Scram.DEFAULT_ITERATIONS);
    }

    /// With the iteration count that the real verifiers of this place have.
    public MockVerifiers(byte[] processSecret, int iterations) {
        this.processSecret = processSecret.clone();
        this.iterations = iterations;
    }

    /// Changes the iteration count of all that is made from now on.
    public void iterate(int count) {
        iterations = count;
    }

    /// To be used with `mock` in [ScramServer]; no password fits it.
    public Verifier.Scram forUser(String user) {
        byte[] salt = Arrays.copyOf(derive("salt", user), Verifier.Scram.SALT_LENGTH);
        return new Verifier.Scram(iterations, salt, derive("stored key", user), derive("server key", user));
    }

    /// The verifier of a password that the configuration holds in clear, with the salt that the user would have as an
    /// unknown one: adding or removing the user changes nothing that an attacker sees. Costs milliseconds: keep it.
    public Verifier.Scram derivedFor(String user, Verifier.Plain plain) {
        return Verifier.Scram.ofPassword(plain.password(), forUser(user).salt(), iterations);
    }

    /// For places whose users log in by md5; no password fits it.
    public Verifier.Md5 md5ForUser(String user) {
        return new Verifier.Md5("md5" + HexFormat.of().formatHex(Arrays.copyOf(derive("md5", user), 16)));
    }

    private byte[] derive(String purpose, String user) {
        return Crypto.hmac(processSecret, (purpose + '\0' + user).getBytes(StandardCharsets.UTF_8));
    }
}
