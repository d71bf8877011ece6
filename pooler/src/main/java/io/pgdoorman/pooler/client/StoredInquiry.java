package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.auth.PasswordCheck;
import io.pgdoorman.pooler.auth.Verifier;
import io.pgdoorman.pooler.stats.ProcessStats.Reason;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.SqlState;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/// Compares a password with what is stored. Deriving keys takes milliseconds, which an event loop has not.
record StoredInquiry(Proof.Setting setting, Verifier stored, Exchange.Outcome outcome) implements Consumer<String> {
    /// The same with something else stored.
    StoredInquiry with(Verifier newer) {
        return new StoredInquiry(setting, newer, outcome);
    }

    @Override
    public void accept(String password) {
        var user = setting.user();
        var mock = setting.building().mocks().forUser(user);
        var _ = CompletableFuture.supplyAsync(
                        () -> PasswordCheck.check(stored, mock, user, password),
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
