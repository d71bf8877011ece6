package io.pgdoorman.config.read;

import org.jspecify.annotations.Nullable;

/// One reason why a file is invalid; the message says the value and what was expected.
public record Fault(String file, String path, @Nullable Integer line, String message) {

    /// As one line: `file:line: path: message`.
    @Override
    public String toString() {
        return Lines.of(file, path, line, message);
    }
}
