package io.pgdoorman.pooler.admin;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// SHOW CONFIG: all parameters of the live configuration.
final class ShowConfig extends ShowCommand {

    private final ConfigView config;

    ShowConfig(ConfigView config) {
        super("config", text("key", "value", "default", "changeable"));
        this.config = config;
    }

    @Override
    List<List<@Nullable String>> rows() {
        return config.parameters().stream()
                .map(parameter -> row(
                        parameter.key(),
                        parameter.value(),
                        parameter.fallback(),
                        parameter.isChangeable() ? "yes" : "no"))
                .toList();
    }
}
