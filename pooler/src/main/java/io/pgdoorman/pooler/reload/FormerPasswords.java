package io.pgdoorman.pooler.reload;

import io.pgdoorman.pooler.auth.Verifier;
import io.pgdoorman.pooler.server.Credentials;
import io.pgdoorman.pooler.server.ServerSettings;
import io.pgdoorman.pooler.server.ServerSettings.Former;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// What proves a user to PostgreSQL where the password in use is refused. A change of passwords has two halves, ALTER
/// ROLE and the configuration, and whichever is first must not keep new servers out until the other one follows.
final class FormerPasswords {
    /// What a configuration before had is tried for so long.
    private static final long OVERLAP_NANOS = TimeUnit.MINUTES.toNanos(10);

    /// What stands in the configuration is tried for as long as it does.
    private static final long EVER_NANOS = TimeUnit.DAYS.toNanos(36_500);

    private FormerPasswords() {}

    /// @param before the settings until now; null if there were none
    /// @param previous what the configuration has beside the password, empty if nothing
    static ServerSettings beside(ServerSettings now, @Nullable ServerSettings before, String previous, long nowNanos) {
        if (!previous.isEmpty() && Verifier.parse(previous) instanceof Verifier.Plain(var text)) {
            return now.with(new Former(Credentials.Password.of(text), nowNanos + EVER_NANOS));
        }
        if (before == null || !isSame(before, now)) {
            return now;
        }
        var had = before.login();
        if (had.credentials().equals(now.login().credentials())) {
            return now.with(had.former());
        }
        return had.credentials() instanceof Credentials.None
                ? now
                : now.with(new Former(had.credentials(), nowNanos + OVERLAP_NANOS));
    }

    /// Nobody else is told what proves the user.
    private static boolean isSame(ServerSettings before, ServerSettings now) {
        return before.hosts().equals(now.hosts())
                && before.login().user().equals(now.login().user());
    }
}
