package io.pgdoorman.pooler.token;

import java.util.List;

/// The keys of an issuer at one time. Immutable.
public final class KeySet {
    /// More are no issuer's; a token without a key's name is tried with each.
    static final int MOST_KEYS = 64;

    /// No key at all: no signature is good.
    public static final KeySet NONE = new KeySet(List.of());

    private final List<VerificationKey> keys;

    private KeySet(List<VerificationKey> keys) {
        this.keys = List.copyOf(keys);
    }

    static KeySet of(List<VerificationKey> keys) throws TokenKeyException {
        if (keys.isEmpty()) {
            throw new TokenKeyException("no usable public key: expected RSA, EC on P-256 or Ed25519");
        }
        if (keys.size() > MOST_KEYS) {
            throw new TokenKeyException(keys.size() + " keys: expected at most " + MOST_KEYS);
        }
        return new KeySet(keys);
    }

    public int size() {
        return keys.size();
    }

    /// Whether a key has that name.
    boolean knows(String id) {
        return keys.stream().anyMatch(key -> key.id().equals(id));
    }

    /// The keys that may have signed.
    ///
    /// @param id the name in the token; empty where it names none. A key without a name fits any.
    List<VerificationKey> fitting(String id, Algorithm algorithm) {
        return keys.stream()
                .filter(key -> key.algorithm() == algorithm)
                .filter(key -> id.isEmpty() || key.id().isEmpty() || key.id().equals(id))
                .toList();
    }
}
