package io.pgdoorman.config.read;

import org.jspecify.annotations.Nullable;

/// Something worth knowing about a valid file.
public record Warning(String file, String path, @Nullable Integer line, String message) {

    /// As one line: `file:line: path: message`.
    @Override
    public String toString() {
        return Lines.of(file, path, line, message);
    }
}
