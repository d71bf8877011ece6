package io.pgdoorman.pooler.auth;

import io.pgdoorman.pooler.wire.SqlState;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/// Somebody else than a stored verifier who says whether a password, or a token in its place, is good: the keys of an
/// issuer, a directory, this machine's PAM.
///
/// Called on event loops: it never blocks, and is bounded in time and in how many ask at once.
public interface OutsideCheck {
    /// Asks; completed on any thread. An exception is a bug, everything that is expected is a finding.
    CompletionStage<Finding> check(Attempt attempt);

    /// How messages name the method: `LDAP authentication failed for user "…"`.
    String method();

    /// What a client gets whose secret is not good; PostgreSQL has 28P01 for passwords of its own only.
    default String sqlState() {
        return SqlState.INVALID_AUTHORIZATION;
    }

    /// Who wants to come in, and what was shown.
    ///
    /// @param from host of the client as PostgreSQL names it, or `[local]`
    record Attempt(String database, String user, String secret, String from) {
        @Override
        public String toString() {
            return "Attempt[database=" + database + ", user=" + user + ", from=" + from + ", ***]";
        }
    }

    /// What was found.
    sealed interface Finding {}

    /// It is good.
    ///
    /// @param who whom it belongs to, for logs
    /// @param lasts how long the session may last; empty where it may outlive what was shown
    /// @param as the pool user who serves the client, where that is not the one it named
    record Accepted(String who, Optional<Duration> lasts, Optional<As> as) implements Finding {
        /// As the user that the client named, for as long as it likes.
        public static Accepted of(String who) {
            return new Accepted(who, Optional.empty(), Optional.empty());
        }
    }

    /// Another user than the one that the client named.
    ///
    /// @param applicationName what the session is to be called; empty leaves the client's choice
    record As(String user, String applicationName) {}

    /// It is not good.
    ///
    /// @param reason for the log
    /// @param told what the client may know of it, as its secret is genuine; empty for nothing
    record Refused(String reason, String told) implements Finding {
        public static Refused silently(String reason) {
            return new Refused(reason, "");
        }
    }

    /// Nobody could say.
    ///
    /// @param reason for the log
    record Unavailable(String reason) implements Finding {}
}
