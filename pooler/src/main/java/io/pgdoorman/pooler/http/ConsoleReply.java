package io.pgdoorman.pooler.http;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the admin console says to a command.
public sealed interface ConsoleReply {

    /// Rows of values in the order of the columns.
    record Table(List<Column> columns, List<List<@Nullable String>> rows) implements ConsoleReply {}

    /// @param isNumber whether its values are whole numbers
    record Column(String name, boolean isNumber) {}

    /// It was done.
    record Done(String tag) implements ConsoleReply {}

    /// It was not.
    record Failed(String message) implements ConsoleReply {}
}
