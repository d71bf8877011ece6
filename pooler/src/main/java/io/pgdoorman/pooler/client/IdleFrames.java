package io.pgdoorman.pooler.client;

import io.netty.buffer.ByteBuf;
import io.pgdoorman.pooler.net.Line;
import io.pgdoorman.pooler.prepare.ClientStatements;
import io.pgdoorman.pooler.prepare.Deallocation;
import io.pgdoorman.pooler.stats.PoolStats;
import io.pgdoorman.pooler.wire.Backend;
import io.pgdoorman.pooler.wire.BackendWriter;
import io.pgdoorman.pooler.wire.Frontend;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.SqlState;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Looks at the messages of a client without a server, up to the first one that needs PostgreSQL; what the pooler can
/// answer itself, it answers here. Belongs to the client's event loop.
final class IdleFrames {
    private static final int HEADER = 5;
    private static final byte[] UNNAMED = new byte[0];

    /// Shorter messages get no server before they are whole: else half of one would hold a server and use it for
    /// nothing.
    private static final int MAX_AWAITED = 4096;

    /// `DEALLOCATE name` of a driver is short.
    private static final int MAX_DEALLOCATE = 128;

    /// `RESET ALL`, and `DISCARD ALL;`.
    private static final int MIN_RESET = 9;

    private static final int MAX_RESET = 12;

    private final ClientStatements statements;
    private final boolean mapping;
    private final Supplier<Shortcuts> shortcuts;
    private final Supplier<Map<String, String>> resetSettings;
    private final PoolStats stats;
    private final DeferredBegin begin = new DeferredBegin();
    private long discard;
    private boolean skipping;
    private @Nullable PgError refusal;
    private @Nullable PgError violation;

    /// What the client's next message needs.
    enum Need {
        NOTHING,
        SERVER,
        TERMINATE,
        VIOLATION
    }

    /// @param shortcuts the live ones, asked anew for each query
    /// @param resetSettings resets the client's parameters and tells which it has to be told
    IdleFrames(
            ClientStatements statements,
            boolean mapping,
            Supplier<Shortcuts> shortcuts,
            Supplier<Map<String, String>> resetSettings,
            PoolStats stats) {
        this.stats = stats;
        this.resetSettings = resetSettings;
        this.statements = statements;
        this.mapping = mapping;
        this.shortcuts = shortcuts;
    }

    /// The transaction that the client has begun without a server.
    DeferredBegin begin() {
        return begin;
    }

    /// The check query whose answer can be recorded because it is all that the client sent, or null.
    @Nullable
    CheckQuery unanswered(ByteBuf in) {
        int length = in.readableBytes() - HEADER - 1;
        if (length < 0
                || in.getByte(in.readerIndex()) != Frontend.QUERY
                || in.getInt(in.readerIndex() + 1) != length + 5) {
            return null;
        }
        var check = shortcuts.get().check();
        boolean is = !begin.isOpen() && check.answer() == null && check.is(in, in.readerIndex() + HEADER, length);
        return is ? check : null;
    }

    /// The next message that needs a server gets this error instead; the connection goes on, as after PostgreSQL's own
    /// errors.
    void refuseNext(PgError error) {
        refusal = error;
    }

    PgError violation() {
        var error = violation;
        return error == null ? PgError.fatal(SqlState.PROTOCOL_VIOLATION, "protocol violation") : error;
    }

    boolean isMidMessage() {
        return discard > 0 || skipping;
    }

    /// Consumes what needs no server, answers into the line without flushing, and stops at what does.
    Need look(ByteBuf in, Line line) {
        while (true) {
            if (discard > 0) {
                int step = (int) Math.min(discard, in.readableBytes());
                in.skipBytes(step);
                discard -= step;
            }
            if (in.readableBytes() < HEADER) {
                return Need.NOTHING;
            }
            byte tag = in.getByte(in.readerIndex());
            int length = in.getInt(in.readerIndex() + 1);
            if (length < 4 || length > Frontend.maxLength(tag)) {
                return violated("invalid message length " + length + " in message of type '" + (char) tag + "'");
            }
            long total = length + 1L;
            if (total > HEADER && !skipping && (tag == Frontend.SYNC || tag == Frontend.FLUSH)) {
                // They have no body; PostgreSQL refuses it in its own words.
                return in.readableBytes() < Math.min(total, MAX_AWAITED) ? Need.NOTHING : Need.SERVER;
            }
            switch (tag) {
                case Frontend.SYNC -> {
                    discard = total;
                    skipping = false;
                    ready(line);
                }
                case Frontend.TERMINATE -> {
                    return Need.TERMINATE;
                }
                case Frontend.FLUSH, Frontend.COPY_DATA, Frontend.COPY_DONE, Frontend.COPY_FAIL -> discard = total;
                case Frontend.QUERY,
                        Frontend.FUNCTION_CALL,
                        Frontend.PARSE,
                        Frontend.BIND,
                        Frontend.DESCRIBE,
                        Frontend.EXECUTE,
                        Frontend.CLOSE -> {
                    if (!answersItself(in, tag, total, line)) {
                        return in.readableBytes() < Math.min(total, MAX_AWAITED) ? Need.NOTHING : Need.SERVER;
                    }
                    discard = total;
                }
                default -> {
                    return violated("invalid frontend message type " + (tag & 0xff));
                }
            }
        }
    }

    private Need violated(String message) {
        violation = PgError.fatal(SqlState.PROTOCOL_VIOLATION, message);
        return Need.VIOLATION;
    }

    private boolean answersItself(ByteBuf in, byte tag, long total, Line line) {
        if (skipping) {
            return true;
        }
        var error = refusal;
        boolean simple = tag == Frontend.QUERY || tag == Frontend.FUNCTION_CALL;
        if (error != null) {
            refusal = null;
            var out = line.allocator().buffer(256);
            BackendWriter.error(out, error);
            line.write(out);
            begin.failed();
            if (simple) {
                ready(line);
            } else {
                skipping = true;
            }
            return true;
        }
        if (tag != Frontend.QUERY || total > MAX_DEALLOCATE || in.readableBytes() < total) {
            return false;
        }
        return takesShortcut(in, (int) total, line)
                || resets(in, (int) total, line)
                || (mapping && begin.status() != Backend.STATUS_FAILED && deallocates(in, (int) total, line));
    }

    private boolean takesShortcut(ByteBuf in, int total, Line line) {
        int body = in.readerIndex() + HEADER;
        int length = total - HEADER - 1;
        if (length < 0 || in.getByte(body + length) != 0) {
            return false;
        }
        var live = shortcuts.get();
        byte[] known = live.check().answer();
        if (known != null && !begin.isOpen() && live.check().is(in, body, length)) {
            forgetUnnamed();
            stats.checkAnswered();
            line.write(line.allocator().buffer(known.length).writeBytes(known));
            return true;
        }
        var tag = begin.answer(in, body, length, live.deferBegin());
        if (tag == null) {
            return false;
        }
        forgetUnnamed();
        var out = line.allocator().buffer(64);
        BackendWriter.commandComplete(out, tag);
        BackendWriter.readyForQuery(out, begin.status());
        line.write(out);
        return true;
    }

    /// DISCARD ALL or RESET ALL outside of a transaction: who holds no server left nothing but what we remember.
    private boolean resets(ByteBuf in, int total, Line line) {
        int body = in.readerIndex() + HEADER;
        int length = total - HEADER - 1;
        if (begin.isOpen() || length < MIN_RESET || length > MAX_RESET || in.getByte(body + length) != 0) {
            return false;
        }
        boolean discards = (in.getByte(body) | 0x20) == 'd';
        int end = in.getByte(body + length - 1) == ';' ? length - 1 : length;
        var expected = discards ? "discard all" : "reset all";
        if (end != expected.length()
                || !in.toString(body, end, StandardCharsets.US_ASCII)
                        .toLowerCase(Locale.ROOT)
                        .equals(expected)) {
            return false;
        }
        if (discards) {
            statements.clear();
        } else {
            forgetUnnamed();
        }
        var news = resetSettings.get();
        var out = line.allocator().buffer(64);
        BackendWriter.commandComplete(out, discards ? "DISCARD ALL" : "RESET");
        news.forEach((name, value) -> BackendWriter.parameterStatus(out, name, value));
        BackendWriter.readyForQuery(out, begin.status());
        line.write(out);
        return true;
    }

    /// A simple query destroys the unnamed statement, whoever answers it.
    private void forgetUnnamed() {
        if (mapping) {
            var _ = statements.put(UNNAMED, null);
        }
    }

    /// DEALLOCATE outside of a transaction: the names are ours, so PostgreSQL could not know them.
    private boolean deallocates(ByteBuf in, int total, Line line) {
        int body = in.readerIndex() + HEADER;
        if (in.readableBytes() < total || total < HEADER + 10) {
            return false;
        }
        var deallocation = Deallocation.of(in, body, in.readerIndex() + total - 1);
        if (deallocation == null || !statements.forget(deallocation)) {
            return false;
        }
        var out = line.allocator().buffer(64);
        BackendWriter.commandComplete(out, deallocation.tag());
        BackendWriter.readyForQuery(out, begin.status());
        line.write(out);
        return true;
    }

    private void ready(Line line) {
        var out = line.allocator().buffer(8);
        BackendWriter.readyForQuery(out, begin.status());
        line.write(out);
    }
}
