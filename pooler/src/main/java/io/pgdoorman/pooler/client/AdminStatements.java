package io.pgdoorman.pooler.client;

import io.netty.buffer.ByteBuf;
import io.pgdoorman.pooler.client.AdminConsole.Answer;
import io.pgdoorman.pooler.client.AdminConsole.Prepared;
import io.pgdoorman.pooler.wire.Backend;
import io.pgdoorman.pooler.wire.BackendWriter;
import io.pgdoorman.pooler.wire.CString;
import io.pgdoorman.pooler.wire.Column;
import io.pgdoorman.pooler.wire.FieldFormats;
import io.pgdoorman.pooler.wire.Frontend;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.ProtocolException;
import io.pgdoorman.pooler.wire.SqlState;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The extended protocol of the console, for drivers that know no other: statements without parameters, portals that
/// live until Sync. Belongs to the event loop of its session.
final class AdminStatements {
    /// More than a driver's cache has; the console's statements are not worth more memory.
    private static final int MAX_STATEMENTS = 1000;

    /// Portals end at Sync; before it there is no use for many.
    private static final int MAX_PORTALS = 1000;

    private final AdminConsole console;
    private final AdminConsole.Rights rights;
    private final Map<String, Prepared.Statement> statements = new HashMap<>();
    private final Map<String, Portal> portals = new HashMap<>();

    AdminStatements(AdminConsole console, AdminConsole.Rights rights) {
        this.console = console;
        this.rights = rights;
    }

    /// An error of the batch; the connection goes on at the next Sync. Stackless, as it is no bug.
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1;

        private final transient PgError error;

        Refused(String sqlState, String message) {
            this(PgError.error(sqlState, message));
        }

        Refused(PgError error) {
            super(error.message(), null, false, false);
            this.error = error;
        }

        PgError error() {
            return error;
        }
    }

    /// A command that an Execute has to run.
    ///
    /// @param maxRows 0 = all
    record Run(Prepared.Command command, Portal portal, int maxRows) {
        /// What it answered, unless it failed.
        void answered(Answer answer, ByteBuf out) {
            switch (answer) {
                case Answer.Rows table -> {
                    portal.fill(table);
                    portal.send(maxRows, out);
                }
                case Answer.Done(var tag) -> {
                    portal.isSpent = true;
                    BackendWriter.commandComplete(out, tag);
                }
                case Answer.Forgotten(var tag, var _) -> {
                    portal.isSpent = true;
                    BackendWriter.commandComplete(out, tag);
                }
                case Answer.Failed _ -> throw new IllegalStateException("a command that failed has no result");
            }
        }
    }

    /// A bound statement, and the rows that were not fetched yet.
    private static final class Portal {
        final Prepared.Statement statement;
        final FieldFormats formats;
        private List<List<@Nullable String>> rows = List.of();
        private @Nullable String tag;

        /// Its command gave no rows and is done: PostgreSQL does not run such a portal twice either.
        private boolean isSpent;

        Portal(Prepared.Statement statement, FieldFormats formats) {
            this.statement = statement;
            this.formats = formats;
        }

        boolean hasRun() {
            return tag != null;
        }

        void fill(Answer.Rows table) {
            rows = table.rows();
            tag = table.tag();
        }

        void send(int maxRows, ByteBuf out) {
            int count = maxRows == 0 ? rows.size() : Math.min(maxRows, rows.size());
            var columns = columns(statement);
            for (List<@Nullable String> row : rows.subList(0, count)) {
                BackendWriter.dataRow(out, columns, formats, row);
            }
            // PostgreSQL suspends also when the last row was the last that was asked for
            boolean isSuspended = maxRows != 0 && count == maxRows;
            rows = rows.subList(count, rows.size());
            var done = tag;
            if (isSuspended) {
                BackendWriter.bare(out, Backend.PORTAL_SUSPENDED);
            } else if (done != null) {
                BackendWriter.commandComplete(out, done);
            }
        }
    }

    private static List<Column> columns(Prepared.Statement statement) {
        return statement instanceof Prepared.Command command ? command.columns() : List.of();
    }

    /// Any message of the extended protocol but Execute, Flush and Sync.
    void take(byte tag, ByteBuf body, ByteBuf out) throws Refused, ProtocolException {
        switch (tag) {
            case Frontend.PARSE -> parse(body, out);
            case Frontend.BIND -> bind(body, out);
            case Frontend.DESCRIBE -> describe(body, out);
            case Frontend.CLOSE -> close(body, out);
            default -> throw ProtocolException.violation("invalid frontend message type " + Byte.toUnsignedInt(tag));
        }
    }

    private void parse(ByteBuf body, ByteBuf out) throws Refused, ProtocolException {
        var name = CString.read(body);
        var statement = switch (console.prepare(CString.read(body), rights)) {
            case Prepared.Refused(var error) -> throw new Refused(error);
            case Prepared.Statement understood -> understood;
        };
        if (!name.isEmpty() && statements.containsKey(name)) {
            throw new Refused(SqlState.DUPLICATE_STATEMENT, "prepared statement \"" + name + "\" already exists");
        }
        if (statements.size() >= MAX_STATEMENTS && !statements.containsKey(name)) {
            throw new Refused(
                    SqlState.INSUFFICIENT_RESOURCES,
                    "more than " + MAX_STATEMENTS + " prepared statements in one session of the console");
        }
        statements.put(name, statement);
        BackendWriter.bare(out, Backend.PARSE_COMPLETE);
    }

    private void bind(ByteBuf body, ByteBuf out) throws Refused, ProtocolException {
        var portal = CString.read(body);
        var name = CString.read(body);
        var statement = statement(name);
        FieldFormats.read(body); // of parameters: there are none
        int parameters = FieldFormats.readCount(body);
        if (parameters != 0) {
            throw new Refused(
                    SqlState.PROTOCOL_VIOLATION,
                    "bind message supplies " + parameters + " parameters, but prepared statement \"" + name
                            + "\" requires 0");
        }
        var formats = FieldFormats.read(body);
        int columns = columns(statement).size();
        if (!formats.fits(columns)) {
            throw new Refused(
                    SqlState.PROTOCOL_VIOLATION,
                    "bind message has " + formats.count() + " result formats but query has " + columns + " columns");
        }
        if (portals.size() >= MAX_PORTALS && !portals.containsKey(portal)) {
            throw new Refused(
                    SqlState.INSUFFICIENT_RESOURCES,
                    "more than " + MAX_PORTALS + " portals before a Sync in one session of the console");
        }
        portals.put(portal, new Portal(statement, formats));
        BackendWriter.bare(out, Backend.BIND_COMPLETE);
    }

    private void describe(ByteBuf body, ByteBuf out) throws Refused, ProtocolException {
        var isStatement = isStatement(body);
        var name = CString.read(body);
        var formats = FieldFormats.TEXT;
        Prepared.Statement statement;
        if (isStatement) {
            statement = statement(name);
            BackendWriter.noParameters(out);
        } else {
            var portal = portal(name);
            statement = portal.statement;
            formats = portal.formats;
        }
        var columns = columns(statement);
        if (columns.isEmpty()) {
            BackendWriter.bare(out, Backend.NO_DATA);
        } else {
            BackendWriter.rowDescription(out, columns, formats);
        }
    }

    private void close(ByteBuf body, ByteBuf out) throws ProtocolException {
        var names = isStatement(body) ? statements : portals;
        names.remove(CString.read(body));
        BackendWriter.bare(out, Backend.CLOSE_COMPLETE);
    }

    /// @return what is to be run, or null when the answer is written already
    @Nullable
    Run execute(ByteBuf body, ByteBuf out) throws Refused, ProtocolException {
        var name = CString.read(body);
        var portal = portal(name);
        ProtocolException.unlessLeft(body, Integer.BYTES);
        int maxRows = Math.max(0, body.readInt());
        if (portal.isSpent) {
            throw new Refused(SqlState.OBJECT_NOT_READY, "portal \"" + name + "\" cannot be run");
        }
        if (portal.hasRun()) {
            portal.send(maxRows, out);
            return null;
        }
        return switch (portal.statement) {
            case Prepared.Command command -> new Run(command, portal, maxRows);
            case Prepared.Nothing _ -> {
                BackendWriter.bare(out, Backend.EMPTY_QUERY_RESPONSE);
                yield null;
            }
        };
    }

    /// Sync ends the transaction around the batch, and with it its portals.
    void endOfBatch() {
        portals.clear();
    }

    /// Does what DEALLOCATE does.
    ///
    /// @param name null for all
    void forget(@Nullable String name) throws Refused {
        if (name == null) {
            statements.clear();
        } else if (statements.remove(name) == null) {
            throw new Refused(SqlState.INVALID_STATEMENT_NAME, "prepared statement \"" + name + "\" does not exist");
        }
    }

    private static boolean isStatement(ByteBuf body) throws ProtocolException {
        ProtocolException.unlessLeft(body, 1);
        return body.readByte() == Frontend.TARGET_STATEMENT;
    }

    private Prepared.Statement statement(String name) throws Refused {
        var statement = statements.get(name);
        if (statement == null) {
            throw new Refused(
                    SqlState.INVALID_STATEMENT_NAME,
                    name.isEmpty()
                            ? "unnamed prepared statement does not exist"
                            : "prepared statement \"" + name + "\" does not exist");
        }
        return statement;
    }

    private Portal portal(String name) throws Refused {
        var portal = portals.get(name);
        if (portal == null) {
            throw new Refused(SqlState.INVALID_CURSOR_NAME, "portal \"" + name + "\" does not exist");
        }
        return portal;
    }
}
