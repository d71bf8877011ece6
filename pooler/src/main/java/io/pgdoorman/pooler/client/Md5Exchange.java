package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.auth.AuthException;
import io.pgdoorman.pooler.auth.Challenge;
import io.pgdoorman.pooler.auth.LoginMessages;
import io.pgdoorman.pooler.auth.Md5Auth;
import io.pgdoorman.pooler.auth.Verifier;
import io.pgdoorman.pooler.wire.BackendWriter;
import java.security.SecureRandom;
import java.util.Optional;

/// AuthenticationMD5Password and its answer.
final class Md5Exchange implements Exchange {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int SALT_LENGTH = 4;

    private final Proof.Setting setting;
    private Challenge.Md5 challenge;
    private final Outcome outcome;
    private final byte[] salt = new byte[SALT_LENGTH];
    private byte[] answer = new byte[0];
    private boolean expectsAnswer;

    Md5Exchange(Proof.Setting setting, Challenge.Md5 challenge, Outcome outcome) {
        this.setting = setting;
        this.challenge = challenge;
        this.outcome = outcome;
    }

    @Override
    public void demand() {
        RANDOM.nextBytes(salt);
        expectsAnswer = true;
        setting.send().accept(out -> BackendWriter.authenticationMd5(out, salt));
    }

    @Override
    public boolean expectsAnswer() {
        return expectsAnswer;
    }

    @Override
    public void answer(byte[] body) throws AuthException {
        expectsAnswer = false;
        answer = LoginMessages.password(body);
        boolean fits = Md5Auth.matches(challenge.verifier().hash(), salt, answer);
        outcome.decided(fits && !challenge.mock(), Optional.empty());
    }

    @Override
    public boolean renewed(Challenge newer) {
        if (!(newer instanceof Challenge.Md5 other)) {
            return false;
        }
        challenge = other;
        return true;
    }

    @Override
    public boolean again(Verifier newer) {
        if (!(newer instanceof Verifier.Md5(var hash))) {
            return false;
        }
        outcome.decided(Md5Auth.matches(hash, salt, answer), Optional.empty());
        return true;
    }
}
