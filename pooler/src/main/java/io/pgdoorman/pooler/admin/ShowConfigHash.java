package io.pgdoorman.pooler.admin;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// SHOW CONFIG_HASH: which configuration is live.
final class ShowConfigHash extends ShowCommand {

    private final AdminActions actions;

    ShowConfigHash(AdminActions actions) {
        super("config_hash", text("hash"), number("generation"));
        this.actions = actions;
    }

    @Override
    List<List<@Nullable String>> rows() {
        var process = actions.process();
        return List.of(row(process.configHash(), process.configGeneration()));
    }
}
