package io.pgdoorman.pooler.token;

/// Why keys cannot be used; the text is for people and holds no secret.
public final class TokenKeyException extends Exception {
    private static final long serialVersionUID = 1L;

    public TokenKeyException(String text) {
        super(text);
    }

    public String text() {
        return String.valueOf(getMessage());
    }
}
