package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.auth.OutsideCheck;
import io.pgdoorman.pooler.stats.ProcessStats.Reason;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.SqlState;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Asks somebody outside of the pooler about a password or token. The client learns whether it is good, and why not
/// only where its secret was found genuine; the log has the reason.
record OutsideInquiry(Proof.Setting setting, OutsideCheck check, Exchange.Outcome outcome) implements Consumer<String> {
    private static final Logger LOG = LoggerFactory.getLogger(OutsideInquiry.class);

    @Override
    public void accept(String secret) {
        var attempt = new OutsideCheck.Attempt(
                setting.database(), setting.user(), secret, setting.caller().host());
        var _ = check.check(attempt)
                .whenComplete((finding, failure) -> setting.later().accept(() -> found(finding, failure)));
    }

    private void found(OutsideCheck.@Nullable Finding finding, @Nullable Throwable failure) {
        switch (finding) {
            case OutsideCheck.Accepted accepted -> outcome.vouched(accepted);
            case OutsideCheck.Refused(var reason, var told) -> {
                log(reason);
                refuse(PgError.fatal(
                                check.sqlState(),
                                check.method() + " authentication failed for user \"" + setting.user() + "\"")
                        .withDetail(told.isEmpty() ? null : told));
            }
            case OutsideCheck.Unavailable(var reason) -> {
                log(reason);
                outcome.refused(
                        Reason.AUTH_UNAVAILABLE,
                        PgError.fatal(
                                SqlState.SYSTEM_ERROR,
                                check.method() + " authentication is not available at the moment"));
            }
            case null -> {
                LOG.atError()
                        .setMessage("authentication broke")
                        .addKeyValue("user", setting.user())
                        .setCause(failure)
                        .log();
                refuse(PgError.fatal(SqlState.INTERNAL_ERROR, "the password could not be checked"));
            }
        }
    }

    private void log(String reason) {
        LOG.atInfo()
                .setMessage(check.method() + " authentication failed")
                .addKeyValue("database", setting.database())
                .addKeyValue("user", setting.user())
                .addKeyValue("client", setting.caller().toString())
                .addKeyValue("reason", reason)
                .log();
    }

    private void refuse(PgError error) {
        outcome.refused(Reason.AUTH_FAILED, error);
    }
}
