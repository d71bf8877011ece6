package io.pgdoorman.config.tree;

/// Bounds on what is read at all.
public final class Limits {

    /// Some 20000 users with SCRAM verifiers fit.
    public static final int MAX_FILE_BYTES = 4 * 1024 * 1024;

    private Limits() {}

    /// Parsers' messages go on with excerpts of the file, which may hold secrets: only the first line is shown.
    static String firstLine(String message) {
        return message.lines().findFirst().orElse("");
    }
}
