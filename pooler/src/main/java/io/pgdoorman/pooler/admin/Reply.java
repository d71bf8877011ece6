package io.pgdoorman.pooler.admin;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the console answers to one query string; ReadyForQuery follows each of them.
public sealed interface Reply {

    /// A RowDescription of text columns, the rows, and a CommandComplete with the tag.
    record Rows(List<String> columns, List<List<@Nullable String>> rows, String tag) implements Reply {}

    /// A CommandComplete with the tag.
    record Done(String tag) implements Reply {}

    /// An EmptyQueryResponse.
    record Empty() implements Reply {}

    /// An ErrorResponse of severity ERROR; the connection goes on.
    record Failed(String sqlState, String message) implements Reply {}
}
