package io.pgdoorman.pooler.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/// The name and password that the admin endpoint asks for, and what metrics do.
///
/// @param metricsToken null when everybody may read metrics
public record AdminLogin(
        String user, String password, @Nullable String metricsToken) {

    private static final String SCHEME = "Basic ";
    private static final String BEARER = "Bearer ";

    public AdminLogin(String user, String password) {
        this(user, password, null);
    }

    /// Whether an Authorization header carries the token of metrics.
    boolean hasToken(String authorization) {
        return metricsToken != null
                && isBearer(authorization)
                && MessageDigest.isEqual(
                        digest(metricsToken.getBytes(StandardCharsets.UTF_8)),
                        digest(authorization.substring(BEARER.length()).strip().getBytes(StandardCharsets.UTF_8)));
    }

    static boolean isBearer(String authorization) {
        return authorization.regionMatches(true, 0, BEARER, 0, BEARER.length());
    }

    /// Whether an Authorization header carries this login. Digests are compared, in constant time, so that neither the
    /// place of the first wrong byte nor the length shows.
    boolean isIn(String authorization) {
        if (!authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return false;
        }
        var expected = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
        return MessageDigest.isEqual(digest(expected), digest(decoded(authorization.substring(SCHEME.length()))));
    }

    /// What does not decode becomes empty, which no login is: it holds at least a colon.
    private static byte[] decoded(String base64) {
        try {
            return Base64.getDecoder().decode(base64.trim());
        } catch (IllegalArgumentException _) {
            return new byte[0];
        }
    }

    private static byte[] digest(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    @Override
    public String toString() {
        return "AdminLogin[user=" + user + ", password=***, metricsToken=***]";
    }
}
