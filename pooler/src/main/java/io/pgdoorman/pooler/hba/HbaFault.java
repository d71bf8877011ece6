package io.pgdoorman.pooler.hba;

/// Why a line of the rules cannot be used.
///
/// @param file where the line stands
/// @param line counts from 1; the first of the lines that a backslash joins
public record HbaFault(String file, int line, String message) {
    @Override
    public String toString() {
        return file + ", line " + line + ": " + message;
    }
}
