package io.pgdoorman.pooler.http;

import org.jspecify.annotations.Nullable;

/// One fault of a refused configuration file.
///
/// @param line null where the parser gives none
public record ConfigFault(
        String file, String path, @Nullable Integer line, String message) {}
