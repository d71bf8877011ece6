package io.pgdoorman.config;

import java.nio.file.Path;
import java.util.List;

/// Ozon's role tokens, shown by the user `talos`.
///
/// @param keys files of public keys; a token names the one of its key, without folder and extension
/// @param databases the names in tokens that count
public record TalosConfig(List<Path> keys, List<String> databases) {
    public TalosConfig {
        keys = List.copyOf(keys);
        databases = List.copyOf(databases);
    }

    /// Whether such tokens let anybody in.
    public boolean isOn() {
        return !keys.isEmpty();
    }
}
