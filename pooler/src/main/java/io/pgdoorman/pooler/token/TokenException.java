package io.pgdoorman.pooler.token;

/// Why a token does not count. Without a stack trace, as strangers cause it.
final class TokenException extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean genuine;

    private TokenException(String text, boolean genuine) {
        super(text, null, false, false);
        this.genuine = genuine;
    }

    /// It was not signed by the issuer: the bearer learns nothing.
    static TokenException forged(String text) {
        return new TokenException(text, false);
    }

    /// The issuer signed it, and its bearer may know what is wrong with it.
    static TokenException genuine(String text) {
        return new TokenException(text, true);
    }

    boolean isGenuine() {
        return genuine;
    }

    String text() {
        return String.valueOf(getMessage());
    }
}
