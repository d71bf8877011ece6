package io.pgdoorman.pooler.patroni;

/// An answer that is none; the message says what was expected.
@SuppressWarnings("serial")
final class PatroniException extends Exception {
    PatroniException(String message) {
        super(message, null, false, false);
    }

    String text() {
        return String.valueOf(getMessage());
    }
}
