package io.pgdoorman.pooler.admin;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// SHOW LOG_LEVEL: as SET log_level would set it.
final class ShowLogLevel extends ShowCommand {

    private final LogLevels levels;

    ShowLogLevel(LogLevels levels) {
        super("log_level", text("log_level"));
        this.levels = levels;
    }

    @Override
    List<List<@Nullable String>> rows() {
        return List.of(row(levels.shown()));
    }
}
