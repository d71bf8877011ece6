package io.pgdoorman.pooler.admin;

import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// SHOW HELP: the commands, one per row.
final class ShowHelp extends ShowCommand {

    private final Supplier<List<String>> usages;

    ShowHelp(Supplier<List<String>> usages) {
        super("help", text("item"));
        this.usages = usages;
    }

    @Override
    List<List<@Nullable String>> rows() {
        return usages.get().stream().map(usage -> row(usage)).toList();
    }
}
