package io.pgdoorman.pooler.admin;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// SHOW CONFIG_EXTENDED: SHOW CONFIG with where each value comes from and what a change of it needs. Tools for
/// PgBouncer read SHOW CONFIG by the number of its columns, so these stand here.
final class ShowConfigExtended extends ShowCommand {

    private final ConfigView config;

    ShowConfigExtended(ConfigView config) {
        super("config_extended", text("key", "value", "default", "source", "change", "meaning"));
        this.config = config;
    }

    @Override
    List<List<@Nullable String>> rows() {
        return config.parameters().stream()
                .map(one -> row(
                        one.key(),
                        one.value(),
                        one.fallback(),
                        one.source(),
                        one.isChangeable() ? "reload" : "restart",
                        one.meaning()))
                .toList();
    }
}
