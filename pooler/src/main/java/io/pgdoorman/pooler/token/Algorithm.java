package io.pgdoorman.pooler.token;

import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.NamedParameterSpec;
import java.util.Arrays;
import java.util.Optional;

/// The signatures that count (RFC 7518 §3.1, RFC 8037 §3.1). A key belongs to exactly one of them, so that a token
/// cannot choose how its signature is looked at; `none` and the HS family, whose "key" would be public, do not exist.
public enum Algorithm {
    RS256("RS256"),
    ES256("ES256"),
    EDDSA("EdDSA");

    private static final int LEAST_RSA_BITS = 2048;
    private static final int P256_BITS = 256;

    private final String word;

    Algorithm(String word) {
        this.word = word;
    }

    /// As the header `alg` says it.
    public String word() {
        return word;
    }

    /// The one of that word.
    public static Optional<Algorithm> of(String word) {
        return Arrays.stream(values())
                .filter(algorithm -> algorithm.word.equals(word))
                .findFirst();
    }

    /// The one that a key is for.
    ///
    /// @throws TokenKeyException where it is for none, or weak
    static Algorithm of(PublicKey key) throws TokenKeyException {
        return switch (key) {
            case RSAPublicKey rsa -> {
                int bits = rsa.getModulus().bitLength();
                if (bits < LEAST_RSA_BITS) {
                    throw new TokenKeyException("an RSA key of " + bits + " bits: expected at least " + LEAST_RSA_BITS);
                }
                yield RS256;
            }
            case ECPublicKey ec -> {
                // P-256 is the only curve of that size which the JDK reads
                if (ec.getParams().getCurve().getField().getFieldSize() != P256_BITS) {
                    throw new TokenKeyException("an EC key on another curve: expected P-256");
                }
                yield ES256;
            }
            case EdECPublicKey ed when ed.getParams().getName().equals(NamedParameterSpec.ED25519.getName()) -> EDDSA;
            default ->
                throw new TokenKeyException(
                        "a key of type " + key.getAlgorithm() + ": expected RSA, EC on P-256 or Ed25519");
        };
    }
}
