package io.pgdoorman.pooler.auth;

import java.util.Arrays;

/// What is stored of two passwords of one user that both count for a while, in forms that one exchange can check: by
/// SCRAM the client is told one salt and one number of iterations, before anybody knows which password it has.
public record TwoPasswords(Verifier present, Verifier previous) {
    /// Whether both can be checked in one exchange.
    public static boolean fit(Verifier present, Verifier previous) {
        return switch (previous) {
            case Verifier.Plain _ -> !(present instanceof Verifier.None) && !(present instanceof Verifier.Outside);
            case Verifier.Scram other ->
                present instanceof Verifier.Plain
                        || (present instanceof Verifier.Scram scram
                                && scram.iterations() == other.iterations()
                                && Arrays.equals(scram.salt(), other.salt()));
            case Verifier.Md5 _ -> present instanceof Verifier.Md5;
            case Verifier.None _, Verifier.Outside _ -> false;
        };
    }

    /// Derives what is in clear, which costs milliseconds.
    ///
    /// @throws IllegalArgumentException when they do not [#fit]
    public static TwoPasswords of(String user, Verifier present, Verifier previous, MockVerifiers mocks) {
        if (!fit(present, previous)) {
            throw new IllegalArgumentException("these two cannot be checked in one exchange");
        }
        return switch (previous) {
            case Verifier.Plain plain ->
                switch (present) {
                    case Verifier.Plain other ->
                        new TwoPasswords(mocks.derivedFor(user, other), mocks.derivedFor(user, plain));
                    case Verifier.Scram scram -> new TwoPasswords(scram, scram.sibling(plain.password()));
                    case Verifier.Md5 _, Verifier.None _, Verifier.Outside _ ->
                        new TwoPasswords(present, new Verifier.Md5(Md5Auth.hash(user, plain.password())));
                };
            case Verifier.Scram scram
            when present instanceof Verifier.Plain plain -> new TwoPasswords(scram.sibling(plain.password()), scram);
            case Verifier.Scram _, Verifier.Md5 _, Verifier.None _, Verifier.Outside _ ->
                new TwoPasswords(present, previous);
        };
    }
}
