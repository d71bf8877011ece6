package io.pgdoorman.pooler.server;

import java.util.Map;
import java.util.Optional;

/// What a PostgreSQL server is at the moment.
///
/// @param inRecovery a standby
/// @param readOnly sessions begin with read-only transactions
public record ServerRole(boolean inRecovery, boolean readOnly) {
    /// What PostgreSQL 14 and newer tell at login (PostgreSQL manual, "Asynchronous Operations"); older ones must be
    /// asked.
    public static Optional<ServerRole> of(Map<String, String> reported) {
        var standby = reported.get("in_hot_standby");
        var readOnly = reported.get("default_transaction_read_only");
        return standby == null || readOnly == null
                ? Optional.empty()
                : Optional.of(new ServerRole(standby.equals("on"), readOnly.equals("on")));
    }

    @Override
    public String toString() {
        return (inRecovery ? "a standby" : "a primary") + (readOnly ? ", read-only" : "");
    }
}
