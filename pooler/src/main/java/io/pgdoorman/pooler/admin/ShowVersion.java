package io.pgdoorman.pooler.admin;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// SHOW VERSION, under the name that scripts for PgDoorman look for.
final class ShowVersion extends ShowCommand {

    private final AdminActions actions;

    ShowVersion(AdminActions actions) {
        super("version", text("version"));
        this.actions = actions;
    }

    @Override
    List<List<@Nullable String>> rows() {
        return List.of(row("PgDoorman " + actions.process().version()));
    }
}
