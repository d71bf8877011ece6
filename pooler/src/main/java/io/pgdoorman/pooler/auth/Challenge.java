package io.pgdoorman.pooler.auth;

import io.pgdoorman.pooler.hba.HbaMethod;
import org.jspecify.annotations.Nullable;

/// What the pooler asks of a client, decided by the first fitting HBA rule and by what is stored about the
/// user.
///
/// A user that is unknown, or whose stored form cannot serve the method, gets a mock exchange: the client
/// sees what it would see for a wrong password.
public sealed interface Challenge {
    /// AuthenticationOk at once.
    record Open() implements Challenge {}

    /// AuthenticationMD5Password; with `mock` the answer is refused even if it fits.
    record Md5(Verifier.Md5 verifier, boolean mock) implements Challenge {}

    /// AuthenticationSASL; with `mock` the proof is refused even if it fits.
    record Scram(Verifier.Scram verifier, boolean mock) implements Challenge {}

    /// AuthenticationCleartextPassword; a user without a usable verifier is refused whatever the password.
    record Cleartext(Verifier verifier) implements Challenge {}

    /// AuthenticationCleartextPassword; somebody else says whether the answer is good.
    record Outside(OutsideCheck check) implements Challenge {}

    /// The certificate of the TLS handshake has to do.
    record Certificate() implements Challenge {}

    /// Nothing is asked: FATAL 28000, as for a `reject` rule or no rule at all.
    record Refused(boolean byRule) implements Challenge {}

    /// As the other, where users are not listed and most have an md5 hash: an unknown one is asked as they are.
    static Challenge ofUnlisted(HbaMethod method, String user, @Nullable Verifier verifier, MockVerifiers mocks) {
        return method == HbaMethod.MD5 && verifier == null
                ? new Md5(mocks.md5ForUser(user), true)
                : of(method, user, verifier, mocks);
    }

    /// Whom a token has to let in shows it also where the rule trusts others, as in PgDoorman.
    ///
    /// Decides for a user whose verifier is null if the user is unknown. A [Verifier.Plain] is to be given
    /// in its derived form ([Verifier.Scram#ofPassword]); given as it is, the derivation is paid here.
    static Challenge of(HbaMethod method, String user, @Nullable Verifier verifier, MockVerifiers mocks) {
        if (verifier instanceof Verifier.Outside(var check) && method.isForPasswords()) {
            return new Outside(check);
        }
        return switch (method) {
            case TRUST -> new Open();
            case JWT, OAUTH, LDAP, PAM, RADIUS, GSS, PEER, IDENT ->
                throw new IllegalArgumentException(method + " asks by the rule, not by what is stored");
            case REJECT -> new Refused(true);
            case NO_MATCH -> new Refused(false);
            case CERT -> new Certificate();
            case PASSWORD -> new Cleartext(verifier == null ? new Verifier.None() : verifier);
            case SCRAM_SHA_256 -> scram(user, verifier, mocks);
            case MD5 -> verifier instanceof Verifier.Md5 md5 ? new Md5(md5, false) : scram(user, verifier, mocks);
        };
    }

    private static Challenge scram(String user, @Nullable Verifier verifier, MockVerifiers mocks) {
        return switch (verifier) {
            case Verifier.Scram scram -> new Scram(scram, false);
            case Verifier.Plain plain -> new Scram(mocks.derivedFor(user, plain), false);
            case Verifier.Md5 _, Verifier.None _, Verifier.Outside _ -> new Scram(mocks.forUser(user), true);
            case null -> new Scram(mocks.forUser(user), true);
        };
    }
}
