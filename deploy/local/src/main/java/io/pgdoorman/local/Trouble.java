package io.pgdoorman.local;

/// Something that a person must put right; the message is the one line they see.
final class Trouble extends Exception {

    private static final long serialVersionUID = 1L;

    Trouble(String message) {
        super(message);
    }
}
