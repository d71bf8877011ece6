package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.auth.PasswordCheck;
import io.pgdoorman.pooler.auth.Verifier;
import io.pgdoorman.pooler.stats.ProcessStats.Reason;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.SqlState;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Compares a password with what is stored. Deriving keys takes milliseconds, which an event loop has not. Belongs to
/// the event loop.
final class StoredInquiry implements Consumer<String> {
    private final Proof.Setting setting;
    private Verifier stored;
    private final Exchange.Outcome outcome;
    private @Nullable PasswordCheck check;

    StoredInquiry(Proof.Setting setting, Verifier stored, Exchange.Outcome outcome) {
        this.setting = setting;
        this.stored = stored;
        this.outcome = outcome;
    }

    /// Something else is stored.
    void with(Verifier newer) {
        stored = newer;
    }

    @Override
    public void accept(String password) {
        var user = setting.user();
        var begun = new PasswordCheck(user, password, setting.building().mocks().forUser(user));
        check = begun;
        compare(begun, stored);
    }

    /// The same password with something else stored.
    ///
    /// @return whether there was one before
    boolean again(Verifier newer) {
        var begun = check;
        if (begun != null) {
            compare(begun, newer);
        }
        return begun != null;
    }

    private void compare(PasswordCheck password, Verifier with) {
        var _ = CompletableFuture.supplyAsync(
                        () -> password.against(with),
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
