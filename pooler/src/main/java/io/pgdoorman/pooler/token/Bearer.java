package io.pgdoorman.pooler.token;

import io.pgdoorman.pooler.auth.OutsideCheck;
import java.util.Optional;

/// Whom a genuine token lets in as whom.
sealed interface Bearer permits NamedBearer, RoleBearer, ServiceAccountBearer, TalosBearer {
    /// Decides about a login.
    Found of(Claims claims, OutsideCheck.Attempt attempt) throws TokenException;

    /// @param who the bearer, for logs
    /// @param as the pool user instead of the one that the client named
    record Found(String who, Optional<OutsideCheck.As> as) {
        static Found of(String who) {
            return new Found(who, Optional.empty());
        }
    }
}
