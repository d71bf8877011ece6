package io.pgdoorman.pooler.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pgdoorman.pooler.prepare.Statement;
import io.pgdoorman.pooler.prepare.StatementCache;
import io.pgdoorman.pooler.session.Dirt;
import io.pgdoorman.pooler.session.DirtScan;
import io.pgdoorman.pooler.wire.Carry;
import io.pgdoorman.pooler.wire.Frontend;
import io.pgdoorman.pooler.wire.FrontendWriter;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.ProtocolException;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Plans what a client sends: most messages go on as they are, in runs; those that name prepared statements are
/// [StatementPlan]'s; and each message enters the answer it will get into the ledger. Belongs to the event loop.
final class Outward {
    /// A query waits here up to this length for its end, so that it is known what it may leave behind.
    private static final int MAX_SCANNED = 16 * 1024;

    /// So much of a query is searched for what the client prepared by name, if it did. It waits here as long,
    /// since what is found goes before it; PostgreSQL would wait for its end too. To search more would take the
    /// loop's time from others; of a longer one the head is searched, and an error tells that.
    static final int MAX_SEARCHED = 4 * 1024 * 1024;

    /// What a client may send ahead of a message that must wait; then TCP is the queue.
    private static final int MAX_WAITING = 64 * 1024;

    private static final int HEADER = Frame.HEADER;
    private static final byte[] NOTHING = {};

    private final Relay relay;
    private final Ledger ledger;
    private final Frame frame;
    private final @Nullable StatementPlan statements;
    private final UnmappedPlan unmapped;
    private final CopyIn copyIn;
    private final Carry carry = new Carry();
    private long bodyLeft;
    private boolean skipping;
    private boolean waiting;
    private boolean ended;

    /// Messages of ours that go behind the message whose end is still to come.
    private byte[] ours = NOTHING;

    Outward(Relay relay, StatementCache cache, boolean mapping) {
        this.relay = relay;
        this.ledger = relay.ledger();
        this.copyIn = relay.copyIn();
        this.frame = new Frame(relay.toServer());
        this.unmapped = new UnmappedPlan(relay, frame);
        this.statements = mapping ? new StatementPlan(relay, cache, frame) : null;
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
        if (statements != null) {
            statements.skipped();
        }
    }

    /// PostgreSQL answered a Sync of the client's that was thought to be ignored.
    void heardSync() {
        skipping = false;
    }

    /// Whether a whole message waits for PostgreSQL's answers to earlier ones.
    boolean isWaiting() {
        return waiting;
    }

    /// Whether the client sent enough ahead.
    boolean isFull() {
        return waiting && carry.size() > MAX_WAITING;
    }

    /// All that was asked is answered.
    ///
    /// @param portalsEnded the transaction is over, and with it its portals
    void settled(boolean portalsEnded) {
        if (statements != null) {
            statements.settled(portalsEnded);
        }
    }

    /// The client's settings mean this for its texts from now on.
    void scope(long now) {
        if (statements != null) {
            statements.scope(now);
        }
    }

    /// Whose lease begins has nothing to do with whose the last one was.
    void startOver(long scope) {
        waiting = false;
        unmapped.startOver();
        if (statements != null) {
            statements.startOver(scope);
        }
    }

    /// Changes of the server's statements that are remembered.
    int changesOnServer() {
        return statements == null ? 0 : statements.changes().size();
    }

    /// A statement that the client knows by this name is not like that of others that have it.
    void hasBecomeAnother(byte[] name, Statement was, long shape, byte[] types) {
        if (statements != null) {
            statements.hasBecomeAnother(name, was, shape, types);
        }
    }

    /// SQL prepared a statement.
    void sqlPrepared() {
        if (statements != null) {
            statements.namesakes().sqlPrepared();
        }
    }

    /// PostgreSQL refused a Parse.
    void parseFailed() {
        if (statements != null) {
            statements.namesakes().keepNone();
        }
    }

    /// SQL deallocated a statement.
    void deallocated(byte[] name) {
        if (statements != null) {
            statements.namesakes().deallocated(name);
        }
    }

    /// The server has nothing that SQL prepared.
    void noneIsPrepared() {
        if (statements != null) {
            statements.namesakes().allGone();
        }
    }

    /// A BEGIN of ours goes before what the client sends.
    void begun() {
        if (statements != null) {
            statements.begun();
        }
    }

    int heldBytes() {
        return carry.size();
    }

    @Nullable
    ByteBuf takeRest() {
        waiting = false;
        return carry.take();
    }

    void close() {
        carry.release();
        bodyLeft = 0;
        skipping = false;
        waiting = false;
        ours = NOTHING;
    }

    /// Goes on with what waits, if it need not wait any more.
    void resume() {
        feed(Unpooled.EMPTY_BUFFER);
    }

    /// Plans a batch once more, before what waits.
    void replay() {
        var again = relay.toServer().space(0).alloc().buffer();
        relay.replay().giveTo(again);
        var rest = carry.take();
        if (rest != null) {
            again.writeBytes(rest);
            rest.release();
        }
        var names = Objects.requireNonNull(statements);
        names.replaying(true);
        feed(again);
        names.replaying(false);
    }

    /// Takes over the chunk.
    void feed(ByteBuf chunk) {
        if (ended) {
            chunk.release();
            return;
        }
        if (waiting && chunk.isReadable()) {
            // Only an answer changes that: to plan the message again for each packet behind it would cost its length.
            var held = carry.join(chunk);
            carry.keep(held, held.readerIndex());
            return;
        }
        var in = carry.join(chunk);
        int rest = in.readerIndex();
        PgError violation = null;
        waiting = false;
        try {
            frame.begin(in);
            violation = walk();
            rest = ended ? in.writerIndex() : frame.at();
        } finally {
            carry.keep(in, rest);
        }
        if (ended) {
            relay.clientEnded(violation);
        }
    }

    /// @return how the client broke the protocol, or null
    private @Nullable PgError walk() {
        if (bodyLeft > 0) {
            bodyLeft = frame.skip(bodyLeft);
            oursIfDue();
        }
        boolean wasOwing = !ledger.isEmpty();
        PgError violation = null;
        try {
            messages();
        } catch (ProtocolException broken) {
            ended = true;
            violation = broken.error();
        }
        if (!wasOwing && !ledger.isEmpty()) {
            relay.traffic().queryBegan();
        }
        if (relay.replay().isOpen()) {
            frame.giveTo(relay.replay());
        }
        frame.endRun();
        relay.toServer().send();
        return violation;
    }

    private void messages() throws ProtocolException {
        if (relay.replay().isDue()) {
            waiting = true;
            return;
        }
        while (frame.there() >= HEADER) {
            byte tag = frame.tag();
            frame.open(length(tag) + 1L);
            if (frame.there() < Math.min(frame.total(), wholeLength(tag)) && !isEnough(tag)) {
                return;
            }
            if (tag == Frontend.TERMINATE) {
                ended = true;
                return;
            }
            if (!plan(tag)) {
                waiting = true;
                return;
            }
            bodyLeft = frame.next();
        }
    }

    /// Messages of ours go behind what the client sent last, now or when all of it is there: between its head and its
    /// end they would be taken for a part of it.
    void sendBehind(Consumer<ByteBuf> messages) {
        var more = Unpooled.buffer(64).writeBytes(ours);
        messages.accept(more);
        ours = Arrays.copyOf(more.array(), more.readableBytes());
        if (bodyLeft == 0) {
            oursIfDue();
            relay.toServer().flush();
        }
    }

    private void oursIfDue() {
        if (bodyLeft == 0 && ours.length > 0) {
            frame.sendRun();
            relay.toServer().space(ours.length).writeBytes(ours);
            ours = NOTHING;
        }
    }

    private int length(byte tag) throws ProtocolException {
        int length = frame.lengthWord();
        if (length < 4 || length > Frontend.maxLength(tag)) {
            throw ProtocolException.violation("invalid message length " + length + " in message of type '" + (char) tag
                    + "' (expected: 4 to " + Frontend.maxLength(tag) + ")");
        }
        return length;
    }

    /// How much of a message must be there before it can be planned.
    private long wholeLength(byte tag) {
        var names = statements;
        boolean mapping = names != null;
        long total = frame.total();
        return switch (tag) {
            case Frontend.QUERY ->
                total <= MAX_SCANNED
                        ? total
                        : names != null && names.namesakes().areSought() ? Math.min(total, MAX_SEARCHED) : HEADER;
            case Frontend.PARSE ->
                !mapping
                        ? (total <= MAX_SCANNED ? total : HEADER)
                        : total <= StatementPlan.MAX_PARSE ? total : StatementPlan.MAX_NAMES;
            case Frontend.BIND -> mapping ? Math.min(total, StatementPlan.MAX_NAMES) : HEADER;
            case Frontend.DESCRIBE, Frontend.CLOSE -> mapping ? total : HEADER;
            case Frontend.EXECUTE ->
                // whether its portal is the unnamed one, or which
                Math.min(
                        total, names != null && names.portals().isNameNeeded() ? StatementPlan.MAX_NAMES : HEADER + 1L);
            default -> HEADER;
        };
    }

    /// A Bind is planned as soon as its names are there, and how many values follow: those may be a gigabyte. So may be
    /// the text of a Parse.
    private boolean isEnough(byte tag) {
        if (tag == Frontend.PARSE && frame.total() > StatementPlan.MAX_PARSE) {
            return statements != null && frame.stringEnd(frame.body()) >= 0;
        }
        if (tag != Frontend.BIND) {
            return false;
        }
        int portal = frame.stringEnd(frame.body());
        int nul = portal < 0 ? -1 : frame.stringEnd(portal + 1);
        return nul >= 0 && BindValues.begin(frame.in(), nul + 1, frame.end()) >= 0;
    }

    /// @return false when the message must wait
    private boolean plan(byte tag) throws ProtocolException {
        var names = statements;
        if (relay.parameterSync().isAwaited()
                || (names != null && names.namesakes().isAwaited())) {
            return false;
        }
        if (!skipping && copyIn.isToOverrun() && !isOfCopy(tag)) {
            frame.sendRun();
            copyIn.overruns(tag);
        }
        if (copyIn.isAwaited()) {
            if (copyIn.takeFlush()) {
                frame.sendRun();
                FrontendWriter.bare(relay.toServer().space(HEADER), Frontend.FLUSH);
            }
            return false;
        }
        if (skipping && tag != Frontend.SYNC) {
            frame.drop();
            return true;
        }
        return switch (tag) {
            case Frontend.PARSE -> names == null ? unmapped.parse() : names.parse();
            case Frontend.BIND ->
                counted(names == null ? unmapped.bind() : names.binds().bind());
            case Frontend.DESCRIBE -> names == null ? forward(Ledger.DESCRIBE) : names.describe();
            case Frontend.CLOSE -> names == null ? forward(Ledger.CLOSE) : names.close();
            case Frontend.QUERY -> query();
            default -> {
                others(tag);
                yield true;
            }
        };
    }

    private void others(byte tag) throws ProtocolException {
        switch (tag) {
            case Frontend.EXECUTE -> {
                copyIn.mayBegin();
                if (statements == null) {
                    unmapped.execute();
                } else {
                    statements.execute();
                }
            }
            case Frontend.FLUSH -> flush();
            case Frontend.SYNC -> sync();
            case Frontend.FUNCTION_CALL -> {
                relay.held().dirt().addLasting(functionDirt());
                ledger.forward(Ledger.FUNCTION, null);
            }
            case Frontend.COPY_DATA -> copyIn.data();
            case Frontend.COPY_DONE, Frontend.COPY_FAIL -> copyIn.ends();
            default -> throw ProtocolException.violation("invalid frontend message type " + (tag & 0xff));
        }
    }

    private static boolean isOfCopy(byte tag) {
        return switch (tag) {
            case Frontend.COPY_DATA, Frontend.COPY_DONE, Frontend.COPY_FAIL, Frontend.SYNC, Frontend.FLUSH -> true;
            default -> false;
        };
    }

    /// A Bind that had to wait is planned again.
    private boolean counted(boolean planned) {
        if (planned) {
            relay.traffic().bound();
        }
        return planned;
    }

    private boolean forward(byte kind) {
        ledger.forward(kind, null);
        return true;
    }

    private boolean query() {
        copyIn.mayBegin();
        var names = statements;
        if (names != null && names.deallocations().isDue()) {
            return names.deallocations().deallocate();
        }
        if (frame.isWhole() && frame.stringEnd(frame.body()) != frame.stop() - 1) {
            return forward(Ledger.QUERY); // PostgreSQL refuses it before it does anything
        }
        int found = frame.leaves(frame.body());
        if (names != null && !frame.isReadable() && names.namesakes().areSought()) {
            found |= names.namesakes().namesInLongQuery();
        }
        if (names != null && (found & DirtScan.NAMES) != 0 && !names.namesakes().query()) {
            return false;
        }
        var note = names == null ? null : names.query(found);
        var ofText = Note.ofText(found, frame.in(), frame.body(), frame.stop());
        if (ofText != null && frame.total() > MAX_SEARCHED) {
            ofText.isSearchedInPart = names != null && names.namesakes().areSought();
        }
        if (names != null && ofText != null && (found & DirtScan.NAMES) != 0) {
            ofText.deallocates = names.namesakes().deallocatedByQuery();
        }
        ledger.forward(Ledger.QUERY, note == null ? ofText : note.and(ofText));
        return true;
    }

    /// The built-in functions that leave something behind, by the OIDs that pg_proc.dat gives them.
    private int functionDirt() {
        if (frame.there() < HEADER + Integer.BYTES) {
            return Dirt.UNKNOWN;
        }
        return switch (frame.in().getInt(frame.body())) {
            case 2077 -> Dirt.SETTINGS; // set_config
            case 2880, 2881, 2882, 2883, 2886, 2887, 2888, 2889 -> Dirt.LOCKS; // pg_advisory_lock and its like
            case 1574, 1576, 1765 -> Dirt.SEQUENCES; // nextval, setval
            default -> Dirt.NONE;
        };
    }

    /// What is owed up to here must be said now; PostgreSQL does its part when it gets this Flush.
    private void flush() {
        relay.client().isAsync(true);
        if (frame.total() > HEADER && !copyIn.runs()) {
            ledger.forward(Ledger.DESCRIBE, null); // a body that it must not have: an error comes
        } else if (ledger.owesNoAnswer()) { // else PostgreSQL's answer brings it along
            relay.homeward().insert();
            relay.toClient().flush();
        }
    }

    private void sync() {
        skipping = false;
        copyIn.sync();
    }
}
