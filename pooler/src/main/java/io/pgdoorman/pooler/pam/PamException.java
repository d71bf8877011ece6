package io.pgdoorman.pooler.pam;

/// PAM cannot be used on this machine.
public final class PamException extends Exception {
    private static final long serialVersionUID = 1L;

    PamException(String text, Throwable cause) {
        super(text, cause);
    }

    public String text() {
        return String.valueOf(getMessage());
    }
}
