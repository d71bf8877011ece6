package io.pgdoorman.pooler.auth;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Whether a password in clear is what is stored. The first answer costs milliseconds, for unknown users as for known
/// ones; another for the same salt, as where a user has two passwords, costs nothing. One thread at a time.
public final class PasswordCheck {
    private final String user;
    private final String password;
    private final Verifier.Scram mock;
    private @Nullable ScramKeys derived;

    /// @param mock what an unknown user is compared with, so that the answer takes as long
    public PasswordCheck(String user, String password, Verifier.Scram mock) {
        this.user = user;
        this.password = password;
        this.mock = mock;
    }

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

    public Result against(Verifier stored) {
        return switch (stored) {
            case Verifier.Scram scram -> scram(scram);
            case Verifier.Md5 md5 -> {
                var _ = scram(mock);
                yield Result.of(equal(md5.hash(), Md5Auth.hash(user, password)));
            }
            case Verifier.Plain plain -> {
                var _ = scram(mock);
                yield Result.of(equal(plain.password(), password));
            }
            case Verifier.None _, Verifier.Outside _ -> {
                var _ = scram(mock);
                yield Result.NO;
            }
        };
    }

    private Result scram(Verifier.Scram verifier) {
        var keys = keysFor(verifier);
        boolean fits = MessageDigest.isEqual(keys.verifier().storedKey(), verifier.storedKey());
        return fits ? new Result(true, Optional.of(keys.clientKey())) : Result.NO;
    }

    ScramKeys keysFor(Verifier.Scram verifier) {
        var known = derived;
        if (known == null || !known.fit(verifier.salt(), verifier.iterations())) {
            known = ScramKeys.derive(password, verifier.salt(), verifier.iterations());
            derived = known;
        }
        return known;
    }

    private static boolean equal(String left, String right) {
        return MessageDigest.isEqual(left.getBytes(StandardCharsets.UTF_8), right.getBytes(StandardCharsets.UTF_8));
    }
}
