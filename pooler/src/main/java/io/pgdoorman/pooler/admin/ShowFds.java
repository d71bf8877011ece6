package io.pgdoorman.pooler.admin;

import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// SHOW FDS: descriptors that are open, in PgBouncer's columns; those with secrets are left out, and no descriptor is
/// passed on.
final class ShowFds extends ShowTable {

    private final Inspection inspection;

    ShowFds(Inspection inspection) {
        super("fds", number("fd"), text("task", "user", "database", "addr"), number("port"), text("state"));
        this.inspection = inspection;
    }

    /// As in PgBouncer.
    @Override
    public boolean changesNothing(List<Token> arguments) {
        return false;
    }

    @Override
    CompletionStage<List<List<@Nullable String>>> table() {
        return inspection.openFiles().thenApply(ShowFds::rows);
    }

    private static List<List<@Nullable String>> rows(List<Inspection.OpenFile> files) {
        return files.stream()
                .map(file -> row(
                        file.descriptor(),
                        file.task(),
                        file.user(),
                        file.database(),
                        file.address(),
                        file.port(),
                        file.state()))
                .toList();
    }
}
