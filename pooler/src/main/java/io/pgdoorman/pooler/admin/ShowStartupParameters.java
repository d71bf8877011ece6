package io.pgdoorman.pooler.admin;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// SHOW STARTUP_PARAMETERS: what the configuration sets on the servers of each pool.
final class ShowStartupParameters extends ShowCommand {

    private final Inspection inspection;

    ShowStartupParameters(Inspection inspection) {
        super("startup_parameters", text("user", "database", "parameter", "value", "source", "state"));
        this.inspection = inspection;
    }

    @Override
    List<List<@Nullable String>> rows() {
        return inspection.startupParameters().stream()
                .map(one -> row(one.user(), one.database(), one.name(), one.value(), one.source(), "applied"))
                .toList();
    }
}
