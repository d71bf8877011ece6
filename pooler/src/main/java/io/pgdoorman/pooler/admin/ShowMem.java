package io.pgdoorman.pooler.admin;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// SHOW MEM: the memory of the process by kind, in PgBouncer's columns; an entry is a byte.
final class ShowMem extends ShowCommand {

    private final Inspection inspection;

    ShowMem(Inspection inspection) {
        super("mem", text("name"), number("size", "used", "free", "memtotal"));
        this.inspection = inspection;
    }

    @Override
    List<List<@Nullable String>> rows() {
        return inspection.memory().stream()
                .map(memory -> row(memory.name(), 1, memory.used(), memory.taken() - memory.used(), memory.taken()))
                .toList();
    }
}
