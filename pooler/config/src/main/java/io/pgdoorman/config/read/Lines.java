package io.pgdoorman.config.read;

import org.jspecify.annotations.Nullable;

/// How faults and warnings are printed.
final class Lines {

    private Lines() {}

    static String of(String file, String path, @Nullable Integer line, String message) {
        return file + (line == null ? "" : ":" + line) + ": " + (path.isEmpty() ? "" : path + ": ") + message;
    }
}
