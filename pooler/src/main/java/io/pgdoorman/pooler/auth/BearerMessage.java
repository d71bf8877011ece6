package io.pgdoorman.pooler.auth;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;

/// The client's first message of OAUTHBEARER (RFC 7628 §3.1), read as strictly as PostgreSQL 18 does.
public final class BearerMessage {
    /// The mechanism's name.
    public static final String MECHANISM = "OAUTHBEARER";

    private static final String MALFORMED = "malformed OAUTHBEARER message";
    private static final String SEPARATOR = "\u0001";

    /// RFC 6750 §2.1; PostgreSQL refuses what is none before it asks anybody.
    private static final Pattern CREDENTIALS = Pattern.compile("(?i:Bearer) +([-A-Za-z0-9._~+/]+=*)");

    private BearerMessage() {}

    /// The token; empty where the client shows none yet and asks who issues them.
    public static Optional<String> token(byte[] message) throws AuthException {
        var text = new String(message, StandardCharsets.ISO_8859_1);
        if (text.isEmpty()) {
            throw malformed("The message is empty.");
        }
        if (text.indexOf('\0') >= 0) {
            throw malformed("Message length does not match input length.");
        }
        var pairs = withoutHeader(text).split(SEPARATOR, -1);
        // a separator, pairs that each end with one, and one more
        if (pairs.length < 3 || !pairs[0].isEmpty()) {
            throw malformed("Key-value separator expected.");
        }
        if (!pairs[pairs.length - 1].isEmpty() || !pairs[pairs.length - 2].isEmpty()) {
            throw malformed("Message did not contain a final terminator.");
        }
        return token(Arrays.copyOfRange(pairs, 1, pairs.length - 2));
    }

    /// The client's answer to who issues tokens: the separator alone (RFC 7628 §3.2.3).
    public static void acknowledged(byte[] message) throws AuthException {
        if (!new String(message, StandardCharsets.ISO_8859_1).equals(SEPARATOR)) {
            throw malformed("Client did not send a kvsep response.");
        }
    }

    private static String withoutHeader(String text) throws AuthException {
        switch (text.charAt(0)) {
            case 'p' ->
                throw malformed("The server does not support channel binding for OAuth, but the client message includes"
                        + " channel binding data.");
            case 'n', 'y' -> {}
            default -> throw malformed("Unexpected channel-binding flag.");
        }
        if (text.startsWith(",a=", 1)) {
            throw new AuthException("0A000", "client uses authorization identity, but it is not supported", null);
        }
        if (!text.startsWith(",,", 1)) {
            throw malformed("Comma expected, but found another character.");
        }
        return text.substring(3);
    }

    private static Optional<String> token(String[] pairs) throws AuthException {
        Optional<String> credentials = Optional.empty();
        for (var pair : pairs) {
            int equals = pair.indexOf('=');
            if (equals <= 0) {
                throw malformed("Message contains an invalid key-value pair.");
            }
            if (pair.substring(0, equals).equals("auth")) {
                if (credentials.isPresent()) {
                    throw malformed("Message contains multiple auth values.");
                }
                credentials = Optional.of(pair.substring(equals + 1));
            }
        }
        var shown = credentials.orElseThrow(() -> malformed("Message does not contain an auth value."));
        if (shown.isEmpty()) {
            return Optional.empty();
        }
        var bearer = CREDENTIALS.matcher(shown);
        if (!bearer.matches()) {
            throw malformed("Bearer token is not valid.");
        }
        return Optional.of(bearer.group(1));
    }

    private static AuthException malformed(String detail) {
        return new AuthException("08P01", MALFORMED, detail);
    }
}
