package io.pgdoorman.operator.access;

import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccess;
import io.pgdoorman.operator.api.v1alpha1.RotationSpec;
import io.pgdoorman.operator.api.v1alpha1.TokenIssuerSpec;
import org.jspecify.annotations.Nullable;

/// What a pool's rules say to a claim.
public sealed interface Decision {

    DoormanDatabaseAccess claim();

    /// Both halves agree.
    ///
    /// @param user the name that the application logs in with, made for this claim
    /// @param serverUser the one of auth.users that the server sees
    /// @param maxClientConnections null without a bound
    /// @param issuer of the tokens that are the claim's password; null if it has a password
    /// @param rotation schedule of the password; null without one
    record Granted(
            DoormanDatabaseAccess claim,
            String user,
            String serverUser,
            int poolSize,
            @Nullable Integer maxClientConnections,
            @Nullable TokenIssuerSpec issuer,
            @Nullable RotationSpec rotation)
            implements Decision {
        @Override
        public String toString() {
            return "Granted[" + claim.key() + "]";
        }
    }

    /// There is no consent, or it does not go so far.
    record Refused(DoormanDatabaseAccess claim, Why why, String message) implements Decision {
        @Override
        public String toString() {
            return "Refused[" + claim.key() + ", " + why + "]";
        }
    }

    /// Why a claim is refused.
    enum Why {
        /// Nothing more is said: whether the pool, the database or the role exists is none of the asker's business.
        NOT_GRANTED,
        /// A rule fits but for its quotas.
        QUOTA_EXCEEDED,
        /// A rule fits, but the pool takes no tokens.
        NO_TOKENS
    }
}
