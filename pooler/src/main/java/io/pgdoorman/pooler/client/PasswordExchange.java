package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.auth.AuthException;
import io.pgdoorman.pooler.auth.Challenge;
import io.pgdoorman.pooler.auth.LoginMessages;
import io.pgdoorman.pooler.auth.PasswordCheck;
import io.pgdoorman.pooler.stats.ProcessStats.Reason;
import io.pgdoorman.pooler.wire.BackendWriter;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.SqlState;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;

/// AuthenticationCleartextPassword, which is asked for only where nobody listens.
final class PasswordExchange implements Exchange {
    private final Proof.Setting setting;
    private final Challenge.Cleartext challenge;
    private final Outcome outcome;
    private boolean expectsAnswer;

    PasswordExchange(Proof.Setting setting, Challenge.Cleartext challenge, Outcome outcome) {
        this.setting = setting;
        this.challenge = challenge;
        this.outcome = outcome;
    }

    @Override
    public void demand() {
        if (!setting.encryption().isOn()) {
            outcome.refused(
                    Reason.TLS_REQUIRED,
                    PgError.fatal(
                                    SqlState.INVALID_AUTHORIZATION,
                                    "password authentication is not possible without encryption")
                            .withHint("Connect with sslmode=require, or use scram-sha-256 in pg_hba."));
            return;
        }
        expectsAnswer = true;
        setting.send().accept(BackendWriter::authenticationCleartext);
    }

    @Override
    public boolean expectsAnswer() {
        return expectsAnswer;
    }

    @Override
    public void answer(byte[] body) throws AuthException {
        expectsAnswer = false;
        check(LoginMessages.password(body));
    }

    /// Deriving keys takes milliseconds, which an event loop has not.
    private void check(byte[] password) {
        var user = setting.user();
        var stored = challenge.verifier();
        var mock = setting.building().mocks().forUser(user);
        var text = new String(password, StandardCharsets.UTF_8);
        var _ = CompletableFuture.supplyAsync(
                        () -> PasswordCheck.check(stored, mock, user, text),
                        setting.building().encryption().crypto())
                .whenComplete((result, failure) -> setting.later().accept(() -> {
                    if (failure != null) {
                        outcome.refused(
                                Reason.AUTH_FAILED,
                                PgError.fatal(SqlState.INTERNAL_ERROR, "the password could not be checked"));
                    } else {
                        outcome.decided(result.fits(), result.clientKey());
                    }
                }));
    }
}
