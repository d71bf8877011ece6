package io.pgdoorman.config.read;

import java.util.Locale;

/// The two ways to write the file; the keys are the same.
public enum Format {
    YAML,
    TOML;

    /// By extension: `.yaml` and `.yml` are YAML, anything else is TOML.
    public static Format of(String fileName) {
        var lower = fileName.toLowerCase(Locale.ROOT);
        return lower.endsWith(".yaml") || lower.endsWith(".yml") ? YAML : TOML;
    }
}
