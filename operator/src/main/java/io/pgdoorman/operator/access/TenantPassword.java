package io.pgdoorman.operator.access;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// The password of a claim's user, and the one before while both let in.
///
/// @param since when it was made; null as long as no schedule asks
/// @param previous null once it is retired
/// @param told since when the application has the present one; null while it may not
public record TenantPassword(
        String value,
        @Nullable Instant since,
        @Nullable String previous,
        @Nullable Instant told) {

    /// One that no schedule has looked at.
    public static TenantPassword first(String value) {
        return new TenantPassword(value, null, null, null);
    }

    TenantPassword since(Instant now) {
        return new TenantPassword(value, now, previous, told);
    }

    TenantPassword next(String fresh, Instant now) {
        return new TenantPassword(fresh, now, value, null);
    }

    TenantPassword told(Instant now) {
        return new TenantPassword(value, since, previous, now);
    }

    TenantPassword retired() {
        return new TenantPassword(value, since, null, null);
    }

    @Override
    public String toString() {
        return previous == null ? "TenantPassword[***]" : "TenantPassword[***, exchanging]";
    }
}
