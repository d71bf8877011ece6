package io.pgdoorman.pooler.server;

import io.pgdoorman.pooler.auth.ScramKeys;
import io.pgdoorman.pooler.auth.TokenSigner;
import io.pgdoorman.pooler.auth.Verifier;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/// What the pooler can prove to PostgreSQL for one user.
public sealed interface Credentials {
    /// Nothing: only `trust` lets such a connection in.
    record None() implements Credentials {}

    /// The password; derived SCRAM keys are remembered, as deriving costs milliseconds.
    record Password(String password, AtomicReference<Optional<ScramKeys>> remembered) implements Credentials {
        public static Password of(String password) {
            return new Password(password, new AtomicReference<>(Optional.empty()));
        }

        @Override
        public String toString() {
            return "Password[***]";
        }
    }

    /// The md5 hash as PostgreSQL stores it: enough to answer its md5 challenge.
    record Md5Hash(String hash) implements Credentials {
        @Override
        public String toString() {
            return "Md5Hash[***]";
        }
    }

    /// A key that signs tokens, which go where PostgreSQL asks for the password.
    record Token(TokenSigner signer) implements Credentials {}

    /// Passthrough: the verifier that PostgreSQL stores too, and the ClientKey that the first login of a client proves.
    record Passthrough(Verifier.Scram verifier, AtomicReference<Optional<byte[]>> clientKey) implements Credentials {
        public static Passthrough of(Verifier.Scram verifier) {
            return new Passthrough(verifier, new AtomicReference<>(Optional.empty()));
        }

        @Override
        public String toString() {
            return "Passthrough[***]";
        }
    }

    /// Whether a login to PostgreSQL can be tried already.
    default boolean isReady() {
        return !(this instanceof Passthrough pass) || pass.clientKey().get().isPresent();
    }
}
