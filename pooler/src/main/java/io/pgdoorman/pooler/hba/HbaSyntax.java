package io.pgdoorman.pooler.hba;

/// A line of HBA rules that cannot be understood; caught where the line number is known.
@SuppressWarnings("serial")
final class HbaSyntax extends Exception {
    HbaSyntax(String message) {
        super(message, null, false, false);
    }

    /// The message, which is always there.
    String text() {
        return String.valueOf(getMessage());
    }
}
