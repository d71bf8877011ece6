package io.pgdoorman.pooler.token;

import com.nimbusds.jwt.JWTClaimsSet;
import java.text.ParseException;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a token says that its issuer signed (RFC 7519 §4).
final class Claims {
    private final JWTClaimsSet set;

    private Claims(JWTClaimsSet set) {
        this.set = set;
    }

    static Claims parse(String json) throws TokenException {
        try {
            return new Claims(JWTClaimsSet.parse(json));
        } catch (ParseException e) {
            throw TokenException.genuine("claims that cannot be read: " + e.getMessage());
        }
    }

    Optional<String> issuer() {
        return Optional.ofNullable(set.getIssuer());
    }

    List<String> audience() {
        return Objects.requireNonNullElse(set.getAudience(), List.of());
    }

    Optional<Instant> expires() {
        return Optional.ofNullable(set.getExpirationTime()).map(Date::toInstant);
    }

    Optional<Instant> notBefore() {
        return Optional.ofNullable(set.getNotBeforeTime()).map(Date::toInstant);
    }

    /// A claim: the one of exactly that name, else the one that dots lead to, as in `realm_access.roles`.
    @Nullable
    Object claim(String name) {
        var whole = set.getClaim(name);
        if (whole != null) {
            return whole;
        }
        Object at = set.getClaims();
        for (var step : name.split("\\.", -1)) {
            at = at instanceof Map<?, ?> map ? map.get(step) : null;
        }
        return at;
    }

    /// A claim that is text and not empty.
    Optional<String> text(String name) {
        return claim(name) instanceof String text && !text.isEmpty() ? Optional.of(text) : Optional.empty();
    }

    /// A claim that is text or a list of texts; what else is in the list is left out.
    List<String> texts(String name) {
        return switch (claim(name)) {
            case String text -> List.of(text);
            case List<?> list ->
                list.stream()
                        .filter(String.class::isInstance)
                        .map(String.class::cast)
                        .toList();
            case null, default -> List.of();
        };
    }
}
