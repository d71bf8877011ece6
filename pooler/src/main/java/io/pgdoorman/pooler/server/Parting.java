package io.pgdoorman.pooler.server;

import io.netty.buffer.ByteBuf;
import io.pgdoorman.pooler.net.Loop;
import io.pgdoorman.pooler.wire.Frontend;
import io.pgdoorman.pooler.wire.FrontendWriter;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The end of a server that PostgreSQL works on for a client that is gone. Who counts servers must not believe in its
/// end before PostgreSQL hangs up, as a closed socket stops no query; nor may he wait for ever.
///
/// Terminate and the end of our stream are sent at once, so that PostgreSQL ends when it has done what it was asked
/// for. What outlasts the patience, or sends what nobody reads, is cancelled, again and again. Only a PostgreSQL that
/// cannot be reached, or that heeds no cancel for a minute, is given up: then it may have one server more than the
/// pool counts, and a warning and a metric say so. Belongs to the server's event loop.
public final class Parting implements ServerListener {
    private static final Logger LOG = LoggerFactory.getLogger(Parting.class);

    /// An answer up to this length is read to its end; of a longer one PostgreSQL is told that nobody wants it.
    private static final int MAX_UNWANTED = 64 * 1024;

    private static final long MIN_PAUSE_NANOS = 1_000_000_000L;

    private static final long MAX_PAUSE_NANOS = 16_000_000_000L;

    /// With their pauses a minute and a bit: a backend that heeded none of them (a loop in a library that checks for no
    /// interrupts, a hung disk) will not do so soon, and the pool's place is needed.
    private static final int MOST_CANCELS = 8;

    /// One may be lost with the connection that carried it; two say that nobody is there.
    private static final int MOST_UNHEARD = 2;

    private final ServerConnection server;
    private final Loop loop;
    private final Terms terms;
    private int unwanted;
    private int cancels;
    private int unheard;
    private long pauseNanos = MIN_PAUSE_NANOS;
    private boolean over;

    /// How a server parts.
    ///
    /// @param patienceNanos how long PostgreSQL may go on before it is cancelled
    /// @param givenUp told when it was left alone with its work
    public record Terms(Canceller canceller, long patienceNanos, Runnable givenUp) {}

    /// Who sends cancel requests.
    @FunctionalInterface
    public interface Canceller {
        /// @param ended told on the loop whether PostgreSQL has taken the request
        void cancel(ServerConnection server, Loop loop, Consumer<Boolean> ended);
    }

    Parting(ServerConnection server, Loop loop, Terms terms) {
        this.server = server;
        this.loop = loop;
        this.terms = terms;
    }

    void begin() {
        // A client that was slow may have stopped it.
        server.setAutoRead(true);
        var bye = server.line().allocator().buffer(5);
        FrontendWriter.bare(bye, Frontend.TERMINATE);
        // The stream's end is for a PostgreSQL that waits for the rest of a message: to it Terminate is a part of that.
        server.line().write(bye);
        server.line().whenSent(_ -> endStream());
        loop.later(this::losePatience, terms.patienceNanos());
    }

    private void endStream() {
        var _ = server.line().endOutput();
    }

    private void losePatience() {
        if (cancels == 0) {
            cancel();
        }
    }

    private void cancel() {
        if (!over) {
            cancels++;
            terms.canceller().cancel(server, loop, this::cancelled);
        }
    }

    private void cancelled(boolean heard) {
        unheard = heard ? 0 : unheard + 1;
        if (over) {
            return;
        }
        if (unheard == MOST_UNHEARD) {
            giveUp("PostgreSQL takes no cancel request");
            return;
        }
        loop.later(
                cancels == MOST_CANCELS ? () -> giveUp("PostgreSQL heeds no cancel request") : this::cancel,
                pauseNanos);
        pauseNanos = Math.min(MAX_PAUSE_NANOS, pauseNanos * 2);
    }

    private void giveUp(String why) {
        if (over) {
            return;
        }
        over = true;
        LOG.atWarn()
                .setMessage("server given up: PostgreSQL may still work for a client that is gone")
                .addKeyValue("server", server.id())
                .addKeyValue("pid", server.pid())
                .addKeyValue("database", server.settings().login().database())
                .addKeyValue("user", server.settings().login().user())
                .addKeyValue("reason", why)
                .log();
        terms.givenUp().run();
        server.line().close();
    }

    @Override
    public void fromServer(ByteBuf chunk) {
        boolean wasMuch = unwanted > MAX_UNWANTED;
        unwanted = (int) Math.min(Integer.MAX_VALUE, (long) unwanted + chunk.readableBytes());
        chunk.release();
        if (!wasMuch && unwanted > MAX_UNWANTED) {
            losePatience();
        }
    }

    @Override
    public void serverReadComplete() {
        // what was read is dropped
    }

    @Override
    public void serverWritabilityChanged() {
        // nothing is written any more
    }

    @Override
    public void serverClosed(CloseReason reason) {
        over = true;
    }
}
