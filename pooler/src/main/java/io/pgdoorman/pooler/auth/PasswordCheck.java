package io.pgdoorman.pooler.auth;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;

/// Whether a password in clear is the one that is stored. Costs milliseconds, for unknown users as for
/// known ones.
public final class PasswordCheck {
    private PasswordCheck() {}

    /// @param clientKey of SCRAM, where the verifier is one: it logs in to PostgreSQL in the client's place
    @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
    public record Result(boolean fits, Optional<byte[]> clientKey) {
        private static final Result NO = new Result(false, Optional.empty());

        private static Result of(boolean fits) {
            return new Result(fits, Optional.empty());
        }

        @Override
        public String toString() {
            return "Result[fits=" + fits + ", ***]";
        }
    }

    /// @param mock what an unknown user is compared with, so that the answer takes as long
    public static Result check(Verifier stored, Verifier.Scram mock, String user, String password) {
        return switch (stored) {
            case Verifier.Scram scram -> scram(scram, password);
            case Verifier.Md5 md5 -> {
                var _ = scram(mock, password);
                yield Result.of(equal(md5.hash(), Md5Auth.hash(user, password)));
            }
            case Verifier.Plain plain -> {
                var _ = scram(mock, password);
                yield Result.of(equal(plain.password(), password));
            }
            case Verifier.None _, Verifier.Outside _ -> {
                var _ = scram(mock, password);
                yield Result.NO;
            }
        };
    }

    private static Result scram(Verifier.Scram verifier, String password) {
        var keys = ScramKeys.derive(password, verifier.salt(), verifier.iterations());
        boolean fits = MessageDigest.isEqual(keys.verifier().storedKey(), verifier.storedKey());
        return fits ? new Result(true, Optional.of(keys.clientKey())) : Result.NO;
    }

    private static boolean equal(String left, String right) {
        return MessageDigest.isEqual(left.getBytes(StandardCharsets.UTF_8), right.getBytes(StandardCharsets.UTF_8));
    }
}
