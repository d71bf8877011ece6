package io.pgdoorman.pooler.relay;

import io.netty.buffer.ByteBuf;
import io.pgdoorman.pooler.prepare.Statement;
import io.pgdoorman.pooler.prepare.StatementCache;
import io.pgdoorman.pooler.session.Dirt;
import io.pgdoorman.pooler.session.DirtScan;
import io.pgdoorman.pooler.wire.Backend;
import io.pgdoorman.pooler.wire.BackendWriter;
import io.pgdoorman.pooler.wire.CString;
import io.pgdoorman.pooler.wire.Carry;
import io.pgdoorman.pooler.wire.Frontend;
import io.pgdoorman.pooler.wire.FrontendWriter;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.ProtocolException;
import io.pgdoorman.pooler.wire.SqlState;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Plans what a client sends: most messages go on as they are, in runs; names of prepared statements are replaced, a
/// Parse is left out or put in, and each message enters the answer it will get into the ledger. Belongs to the event
/// loop.
final class Outward {
    /// Longer queries are not looked at, but taken to leave everything behind.
    private static final int MAX_SCANNED = 16 * 1024;

    /// A Parse is kept as a whole; longer texts are refused.
    private static final int MAX_PARSE = 64 * 1024 * 1024;

    /// The two names at the beginning of a Bind; NAMEDATALEN is 64.
    private static final int MAX_NAMES = 16 * 1024;

    private static final int HEADER = 5;
    private static final byte[] UNNAMED = new byte[0];
    private static final byte[] PARSE_COMPLETE = {Backend.PARSE_COMPLETE, 0, 0, 0, 4};
    private static final byte[] CLOSE_COMPLETE = {Backend.CLOSE_COMPLETE, 0, 0, 0, 4};

    private final Relay relay;
    private final Ledger ledger;
    private final Outbox out;
    private final StatementCache cache;
    private final boolean mapping;
    private final Carry carry = new Carry();
    private long bodyLeft;
    private boolean dropBody;
    private boolean skipping;
    private boolean ended;

    /// What is known of the text that the unnamed portal runs.
    private @Nullable Note unnamedPortal;

    // Where the walk is; of no meaning between two calls of feed.
    private int at;
    private int end;
    private int runFrom;
    private long total;

    Outward(Relay relay, StatementCache cache, boolean mapping) {
        this.relay = relay;
        this.ledger = relay.ledger();
        this.out = relay.toServer();
        this.cache = cache;
        this.mapping = mapping;
    }

    boolean isMidMessage() {
        return bodyLeft > 0;
    }

    /// Whether an error lets everything up to the next Sync count for nothing.
    boolean isSkipping() {
        return skipping;
    }

    void skipToSync() {
        skipping = true;
    }

    @Nullable
    ByteBuf takeRest() {
        return carry.take();
    }

    void close() {
        carry.release();
        bodyLeft = 0;
        skipping = false;
    }

    /// Takes over the chunk.
    void feed(ByteBuf chunk) {
        if (ended) {
            chunk.release();
            return;
        }
        var in = carry.join(chunk);
        PgError violation;
        try {
            violation = walk(in);
        } finally {
            carry.keep(in, ended ? in.writerIndex() : at);
        }
        if (ended) {
            relay.clientEnded(violation);
        }
    }

    /// @return how the client broke the protocol, or null
    private @Nullable PgError walk(ByteBuf in) {
        end = in.writerIndex();
        at = in.readerIndex();
        runFrom = at;
        if (bodyLeft > 0) {
            int step = (int) Math.min(bodyLeft, end - at);
            bodyLeft -= step;
            at += step;
            runFrom = dropBody ? at : runFrom;
        }
        boolean wasOwing = !ledger.isEmpty();
        PgError violation = null;
        try {
            messages(in);
        } catch (ProtocolException broken) {
            ended = true;
            violation = broken.error();
        }
        if (!wasOwing && !ledger.isEmpty()) {
            relay.traffic().queryBegan();
        }
        out.run(in, runFrom, at);
        out.send();
        return violation;
    }

    private void messages(ByteBuf in) throws ProtocolException {
        while (end - at >= HEADER) {
            byte tag = in.getByte(at);
            total = length(in, tag) + 1L;
            if (end - at < Math.min(total, wholeLength(tag)) && !isEnough(in, tag)) {
                return;
            }
            if (tag == Frontend.TERMINATE) {
                ended = true;
                return;
            }
            plan(in, tag);
            int step = (int) Math.min(total, end - at);
            bodyLeft = total - step;
            at += step;
            runFrom = dropBody ? at : runFrom;
        }
    }

    private int length(ByteBuf in, byte tag) throws ProtocolException {
        int length = in.getInt(at + 1);
        if (length < 4 || length > Frontend.maxLength(tag)) {
            throw ProtocolException.violation("invalid message length " + length + " in message of type '" + (char) tag
                    + "' (expected: 4 to " + Frontend.maxLength(tag) + ")");
        }
        return length;
    }

    /// How much of a message must be there before it can be planned.
    private long wholeLength(byte tag) {
        return switch (tag) {
            case Frontend.QUERY -> total <= MAX_SCANNED ? total : HEADER;
            case Frontend.PARSE -> total <= (mapping ? MAX_PARSE : MAX_SCANNED) ? total : HEADER;
            case Frontend.BIND -> mapping ? Math.min(total, MAX_NAMES) : HEADER;
            case Frontend.DESCRIBE, Frontend.CLOSE -> mapping ? total : HEADER;
            default -> HEADER;
        };
    }

    /// A Bind is planned as soon as both names are there: its values may be a gigabyte.
    private boolean isEnough(ByteBuf in, byte tag) {
        if (tag != Frontend.BIND) {
            return false;
        }
        int portal = CString.end(in, at + HEADER, end);
        return portal >= 0 && CString.end(in, portal + 1, end) >= 0;
    }

    private void plan(ByteBuf in, byte tag) throws ProtocolException {
        dropBody = false;
        if (skipping && tag != Frontend.SYNC) {
            drop(in);
            return;
        }
        switch (tag) {
            case Frontend.QUERY -> query(in);
            case Frontend.PARSE -> parse(in);
            case Frontend.BIND -> bind(in);
            case Frontend.DESCRIBE -> describe(in);
            case Frontend.EXECUTE -> execute(in);
            case Frontend.CLOSE -> close(in);
            case Frontend.FLUSH -> flush();
            case Frontend.SYNC -> sync();
            case Frontend.FUNCTION_CALL -> {
                relay.held().dirt().addLasting(functionDirt(in));
                ledger.forward(Ledger.FUNCTION, null);
            }
            case Frontend.COPY_DATA -> {}
            case Frontend.COPY_DONE, Frontend.COPY_FAIL -> copyEnd();
            default -> throw ProtocolException.violation("invalid frontend message type " + (tag & 0xff));
        }
    }

    private void drop(ByteBuf in) {
        out.run(in, runFrom, at);
        dropBody = true;
    }

    private void query(ByteBuf in) {
        int found = scan(in, at + HEADER);
        if (mapping) {
            // A simple query destroys the unnamed statement (PostgreSQL manual, "Extended Query").
            var _ = relay.statements().put(UNNAMED, null);
        }
        ledger.forward(Ledger.QUERY, Note.leaving(found));
    }

    /// What the text from there on may leave behind, in the bits of DirtScan.
    private int scan(ByteBuf in, int from) {
        return end - at < total ? Dirt.UNKNOWN | DirtScan.LASTS : DirtScan.scan(in, from, (int) (at + total));
    }

    /// What a Parse that is not mapped may leave behind: its name, and what its text does.
    private int parsedDirt(ByteBuf in) {
        int nul = end - at < total ? -1 : CString.end(in, at + HEADER, (int) (at + total));
        boolean isUnnamed = end - at > HEADER && in.getByte(at + HEADER) == 0;
        return (isUnnamed ? Dirt.NONE : Dirt.STATEMENTS) | scan(in, nul < 0 ? at + HEADER : nul + 1);
    }

    /// The built-in functions that leave something behind, by the OIDs that pg_proc.dat gives them.
    private int functionDirt(ByteBuf in) {
        if (end - at < HEADER + Integer.BYTES) {
            return Dirt.UNKNOWN;
        }
        return switch (in.getInt(at + HEADER)) {
            case 2077 -> Dirt.SETTINGS; // set_config
            case 2880, 2881, 2882, 2883, 2886, 2887, 2888, 2889 -> Dirt.LOCKS; // pg_advisory_lock and its like
            case 1574, 1576, 1765 -> Dirt.SEQUENCES; // nextval, setval
            default -> Dirt.NONE;
        };
    }

    private void parse(ByteBuf in) throws ProtocolException {
        if (!mapping) {
            // When it is executed, and how often, is not looked at.
            relay.held().dirt().addLasting(parsedDirt(in) & Dirt.ALL);
            ledger.forward(Ledger.PARSE, null);
            return;
        }
        if (total > MAX_PARSE) {
            throw new ProtocolException(PgError.fatal(
                    "54000", "Parse of " + total + " bytes is too long (expected: at most " + MAX_PARSE + ")"));
        }
        int stop = (int) (at + total);
        int nul = CString.end(in, at + HEADER, stop);
        if (nul < 0) {
            ledger.forward(Ledger.PARSE, null); // PostgreSQL refuses it in its own words
            return;
        }
        drop(in);
        var name = new byte[nul - at - HEADER];
        in.getBytes(at + HEADER, name);
        var tail = new byte[stop - nul - 1];
        in.getBytes(nul + 1, tail);
        var statement = cache.intern(tail, () -> DirtScan.scan(in, nul + 1, stop));
        if (name.length > 0 && relay.statements().find(in, at + HEADER, name.length) != null) {
            duplicate(name, statement);
            return;
        }
        var before = relay.statements().put(name, statement);
        boolean known = relay.held().statements().use(statement);
        if (known && relay.status() == Backend.STATUS_FAILED) {
            // Only PostgreSQL can tell whether a failed transaction takes it; no client uses the server's unnamed one.
            FrontendWriter.parse(out.space(statement.tail().length + 8), UNNAMED, statement.tail());
            ledger.forward(Ledger.PARSE, Note.named(name, before, statement));
            FrontendWriter.closeStatement(out.space(16), UNNAMED);
            ledger.swallow(Ledger.CLOSE, null);
            return;
        }
        if (known) {
            relay.traffic().parseHit();
            relay.held().counters().parseHit();
            ledger.forward(Ledger.SYNTHESIZE, Note.answered(PARSE_COMPLETE, name, before, statement));
            return;
        }
        send(statement);
        ledger.forward(Ledger.PARSE, Note.parsed(name, before, statement));
    }

    /// The client's name is taken: PostgreSQL must fail, so that its transaction does, but it knows other names.
    private void duplicate(byte[] name, Statement statement) {
        ensureKnown(statement);
        FrontendWriter.parse(out.space(statement.tail().length + 64), statement.name(), statement.tail());
        var error = out.space(0).alloc().buffer(128);
        BackendWriter.error(
                error,
                PgError.error(
                        SqlState.DUPLICATE_STATEMENT,
                        "prepared statement \"" + new String(name, StandardCharsets.UTF_8) + "\" already exists"));
        var answer = new byte[error.readableBytes()];
        error.readBytes(answer);
        error.release();
        ledger.forward(Ledger.PARSE, Note.refused(answer));
    }

    /// Parses on the server, and closes there what no longer fits.
    private void send(Statement statement) {
        relay.traffic().parseMiss();
        var server = relay.held();
        server.counters().parseMiss();
        server.statements().add(statement);
        var evicted = server.statements().evict();
        if (evicted != null) {
            FrontendWriter.closeStatement(out.space(64), evicted.name());
            ledger.swallow(Ledger.CLOSE, Note.evicted(evicted));
        }
        FrontendWriter.parse(out.space(statement.tail().length + 64), statement.name(), statement.tail());
    }

    /// The server may be another than the one that parsed it: then the Parse goes in the same batch.
    private void ensureKnown(Statement statement) {
        if (!relay.held().statements().use(statement)) {
            send(statement);
            ledger.swallow(Ledger.PARSE, Note.injected(statement));
        }
    }

    private void bind(ByteBuf in) {
        if (!mapping) {
            ledger.forward(Ledger.BIND, null);
            return;
        }
        int portal = CString.end(in, at + HEADER, end);
        int nul = portal < 0 ? -1 : CString.end(in, portal + 1, end);
        // Without both names PostgreSQL refuses it in its own words.
        boolean whole = nul >= 0 && nul < at + total;
        Note leaving = null;
        var statement = whole ? relay.statements().find(in, portal + 1, nul - portal - 1) : null;
        if (statement != null) {
            leaving = Note.leaving(statement.dirt());
            out.run(in, runFrom, at);
            ensureKnown(statement);
            byte[] name = statement.name();
            int longer = name.length - (nul - portal - 1);
            var own = out.space(portal - at + name.length + 16);
            own.writeByte(Frontend.BIND).writeInt((int) (total - 1 + longer));
            own.writeBytes(in, at + HEADER, portal + 1 - at - HEADER)
                    .writeBytes(name)
                    .writeByte(0);
            runFrom = nul + 1;
        }
        if (portal == at + HEADER) {
            unnamedPortal = leaving;
        }
        ledger.forward(Ledger.BIND, leaving);
    }

    /// Of the unnamed portal it is known what it runs; others are taken to leave behind what their tags say.
    private void execute(ByteBuf in) {
        boolean unnamed = end - at > HEADER && in.getByte(at + HEADER) == 0;
        ledger.forward(Ledger.EXECUTE, unnamed ? unnamedPortal : null);
    }

    private void describe(ByteBuf in) {
        if (mapping && isOfStatement(in)) {
            var statement = named(in);
            if (statement != null) {
                drop(in);
                ensureKnown(statement);
                var own = out.space(64);
                own.writeByte(Frontend.DESCRIBE).writeInt(6 + statement.name().length);
                own.writeByte(Frontend.TARGET_STATEMENT)
                        .writeBytes(statement.name())
                        .writeByte(0);
            }
        }
        ledger.forward(Ledger.DESCRIBE, null);
    }

    /// The client forgets its name; servers keep the statement for others.
    private void close(ByteBuf in) {
        if (!mapping || !isOfStatement(in)) {
            ledger.forward(Ledger.CLOSE, null);
            return;
        }
        var statement = named(in);
        drop(in);
        var name = new byte[(int) total - HEADER - 2];
        in.getBytes(at + HEADER + 1, name);
        if (statement != null) {
            var _ = relay.statements().put(name, null);
        }
        ledger.forward(Ledger.SYNTHESIZE, Note.answered(CLOSE_COMPLETE, name, statement, null));
    }

    /// Whether a whole Describe or Close names a statement, and nothing else; PostgreSQL refuses broken ones itself.
    private boolean isOfStatement(ByteBuf in) {
        int stop = (int) (at + total);
        return total > HEADER + 1
                && in.getByte(at + HEADER) == Frontend.TARGET_STATEMENT
                && CString.end(in, at + HEADER + 1, stop) == stop - 1;
    }

    private @Nullable Statement named(ByteBuf in) {
        return relay.statements().find(in, at + HEADER + 1, (int) total - HEADER - 2);
    }

    /// What is owed up to here must be said now; PostgreSQL does its part when it gets this Flush.
    private void flush() {
        if (ledger.head() == Ledger.SYNTHESIZE) {
            relay.homeward().insert();
            relay.toClient().flush();
        }
    }

    private void sync() {
        skipping = false;
        if (!relay.homeward().isCopyIn()) {
            ledger.forward(Ledger.SYNC, null);
        }
    }

    private void copyEnd() {
        if (relay.homeward().isCopyIn()) {
            relay.homeward().copyEnded();
        } else if (!ledger.isEmpty()) {
            ledger.forward(Ledger.COPY_END, null);
        }
    }
}
