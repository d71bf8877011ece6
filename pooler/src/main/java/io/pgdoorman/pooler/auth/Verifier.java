package io.pgdoorman.pooler.auth;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What is stored about a user's password, in the forms of `pg_authid.rolpassword`, or the password itself.
public sealed interface Verifier {
    /// Reads a stored text as PostgreSQL does: what is neither a well-formed md5 hash nor a well-formed SCRAM verifier
    /// is a password.
    static Verifier parse(String stored) {
        if (stored.isEmpty()) {
            return new None();
        }
        if (Md5.FORM.matcher(stored).matches()) {
            return new Md5(stored);
        }
        Matcher scram = Scram.FORM.matcher(stored);
        if (scram.matches()) {
            byte[] salt = Base64Text.decode(scram.group(2));
            byte[] storedKey = Base64Text.decode(scram.group(3));
            byte[] serverKey = Base64Text.decode(scram.group(4));
            int iterations = Integer.parseInt(scram.group(1));
            if (salt != null
                    && storedKey != null
                    && serverKey != null
                    && iterations > 0
                    && salt.length > 0
                    && storedKey.length == Crypto.KEY_LENGTH
                    && serverKey.length == Crypto.KEY_LENGTH) {
                return new Scram(iterations, salt, storedKey, serverKey);
            }
        }
        return new Plain(stored);
    }

    /// `md5` and 32 hexadecimal digits of md5(password + user).
    record Md5(String hash) implements Verifier {
        private static final Pattern FORM = Pattern.compile("md5[0-9a-f]{32}");

        public Md5 {
            if (!FORM.matcher(hash).matches()) {
                throw new IllegalArgumentException("an md5 hash is \"md5\" and 32 lower-case hexadecimal digits");
            }
        }

        @Override
        public String toString() {
            return "Md5[***]";
        }
    }

    /// `SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey`; the arrays belong to the verifier and are never changed.
    @SuppressWarnings("ArrayRecordComponent") // bytes go to digests as they are; equality is defined below
    record Scram(int iterations, byte[] salt, byte[] storedKey, byte[] serverKey) implements Verifier {
        /// PostgreSQL's default of scram_iterations.
        public static final int DEFAULT_ITERATIONS = 4096;

        /// PostgreSQL's length of a new salt.
        public static final int SALT_LENGTH = 16;

        private static final Pattern FORM =
                Pattern.compile("SCRAM-SHA-256\\$([0-9]{1,9}):([^$:]{1,1024})\\$([^$:]{44}):([^$:]{44})");

        /// Derives a verifier with a new random salt. Costs milliseconds: do it once and keep the result.
        public static Scram ofPassword(String password, SecureRandom random) {
            byte[] salt = new byte[SALT_LENGTH];
            random.nextBytes(salt);
            return ofPassword(password, salt, DEFAULT_ITERATIONS);
        }

        static Scram ofPassword(String password, byte[] salt, int iterations) {
            return ScramKeys.derive(password, salt, iterations).verifier();
        }

        /// The verifier of another password with the same salt and iterations. Costs milliseconds.
        public Scram sibling(String password) {
            return ofPassword(password, salt, iterations);
        }

        /// Whether this is the verifier of that password. Costs milliseconds.
        public boolean isOf(String password) {
            return ScramKeys.derive(password, salt, iterations).verifier().equals(this);
        }

        /// The text as PostgreSQL stores it.
        public String stored() {
            return "SCRAM-SHA-256$" + iterations + ":" + Base64Text.encode(salt) + "$" + Base64Text.encode(storedKey)
                    + ":" + Base64Text.encode(serverKey);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Scram that
                    && iterations == that.iterations
                    && Arrays.equals(salt, that.salt)
                    && Arrays.equals(storedKey, that.storedKey)
                    && Arrays.equals(serverKey, that.serverKey);
        }

        @Override
        public int hashCode() {
            return Objects.hash(
                    iterations, Arrays.hashCode(salt), Arrays.hashCode(storedKey), Arrays.hashCode(serverKey));
        }

        @Override
        public String toString() {
            return "Scram[iterations=" + iterations + ", ***]";
        }
    }

    /// The password itself; serves SCRAM by [Scram#ofPassword(String, SecureRandom)] and MD5 by [Md5Auth#hash(String,
    /// String)].
    record Plain(String password) implements Verifier {
        @Override
        public String toString() {
            return "Plain[***]";
        }
    }

    /// Nothing is stored, somebody else has to be asked about what the client shows in the place of a password.
    record Outside(OutsideCheck check) implements Verifier {
        @Override
        public String toString() {
            return "Outside[" + check.method() + "]";
        }
    }

    /// No password is stored: only `trust` lets such a user in.
    record None() implements Verifier {}
}
