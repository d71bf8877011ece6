package io.pgdoorman.pooler.token;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What a token has to say besides whose it is (RFC 7519 §4.1).
///
/// @param issuer of the claim `iss`; empty takes any, as only the issuer has the keys
/// @param audience one of them has to be in `aud`; empty takes any, as PgDoorman does
/// @param leeway by which clocks may differ
public record Demands(Optional<String> issuer, List<String> audience, List<Algorithm> algorithms, Duration leeway) {
    public Demands {
        audience = List.copyOf(audience);
        algorithms = List.copyOf(algorithms);
    }

    /// Those of PgDoorman: a signature that fits the key, and a time that is right to the second.
    public static Demands ofPgDoorman() {
        return new Demands(Optional.empty(), List.of(), List.of(Algorithm.values()), Duration.ZERO);
    }

    /// When the token ends.
    Instant check(Claims claims, Instant now) throws TokenException {
        var expires = claims.expires().orElseThrow(() -> TokenException.genuine("the token has no exp"));
        if (!now.isBefore(expires.plus(leeway))) {
            throw TokenException.genuine("the token expired at " + expires);
        }
        var from = claims.notBefore();
        if (from.isPresent() && now.isBefore(from.get().minus(leeway))) {
            throw TokenException.genuine("the token is not valid before " + from.get());
        }
        if (issuer.isPresent() && !issuer.equals(claims.issuer())) {
            throw TokenException.genuine(
                    "the token is of issuer \"" + claims.issuer().orElse("") + "\": expected \"" + issuer.get() + "\"");
        }
        if (!audience.isEmpty() && claims.audience().stream().noneMatch(audience::contains)) {
            throw TokenException.genuine("the token is for " + claims.audience() + ": expected one of " + audience);
        }
        return expires.plus(leeway);
    }
}
