package io.pgdoorman.pooler.tls;

/// Material that cannot be used; the message names the file and what was expected, never its content.
@SuppressWarnings("serial")
public final class TlsException extends Exception {
    public TlsException(String message) {
        super(message, null, false, false);
    }

    /// The message, which is always there.
    public String text() {
        return String.valueOf(getMessage());
    }
}
