package io.pgdoorman.pooler.token;

import io.pgdoorman.pooler.auth.OutsideCheck;

/// A ServiceAccount of Kubernetes and who it may be.
///
/// @param name `*` for all of the namespace
/// @param user of the pooler
/// @param database `*` for all
public record ServiceAccount(String namespace, String name, String user, String database) {
    boolean fits(String from, String account, OutsideCheck.Attempt attempt) {
        return namespace.equals(from)
                && (name.equals("*") || name.equals(account))
                && user.equals(attempt.user())
                && (database.equals("*") || database.equals(attempt.database()));
    }
}
