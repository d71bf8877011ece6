package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.net.Line;
import io.pgdoorman.pooler.net.Loop;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A client's way to another process: at the next moment in which it is idle, all that was written to it is in the
/// kernel, and its loop lets go of the connection; bytes that come then wait in the kernel for whoever reads next.
/// Belongs to the client's event loop.
///
/// A client under TLS cannot go: the keys of its connection are in the TLS library, which shows them to nobody.
final class Departure {
    private static final Logger LOG = LoggerFactory.getLogger(Departure.class);

    private final Movable client;
    private final Line line;
    private final Loop loop;
    private @Nullable Mover mover;
    private boolean onTheWay;

    /// The client, as its departure sees it.
    interface Movable {
        /// Whether it may go now: it has no server, nothing is half read, and it is owed nothing.
        boolean isAtRest();

        /// It is away from here on.
        HandedOverClient pack();

        /// It is back.
        void unpack();

        /// It is served elsewhere.
        void moved();
    }

    Departure(Movable client, Line line, Loop loop) {
        this.client = client;
        this.line = line;
        this.loop = loop;
    }

    /// From now on the client is to go; null: it is to stay.
    void wish(@Nullable Mover by) {
        mover = by;
        consider();
    }

    /// The client may be at rest.
    void consider() {
        if (mover == null || onTheWay || !client.isAtRest()) {
            return;
        }
        if (line.descriptor() == null) {
            mover = null;
            return;
        }
        onTheWay = true;
        // Once more through the loop: what the socket already has is read first, and served.
        loop.soon(() -> line.whenSent(written -> {
            onTheWay = false;
            if (written) {
                leave();
            }
        }));
    }

    private void leave() {
        var by = mover;
        if (by == null || !client.isAtRest() || !line.isOpen()) {
            return;
        }
        onTheWay = true;
        var handedOver = client.pack();
        // Whatever is read before the loop has let go brings the client back.
        line.leaveLoop(left -> {
            if (client.isAtRest() && line.isOpen() && left) {
                by.move(handedOver, line, new Ticket());
            } else {
                stay("it did something at the last moment");
            }
        });
    }

    private void stay(String reason) {
        LOG.atDebug()
                .setMessage("a client stays with this process")
                .addKeyValue("client", Caller.text(line.remoteAddress()))
                .addKeyValue("reason", reason)
                .log();
        if (line.hasLoop()) {
            back();
        } else {
            line.enterLoop(loop, _ -> back());
        }
    }

    private void back() {
        mover = null;
        onTheWay = false;
        client.unpack();
    }

    private final class Ticket implements Mover.Answer {
        @Override
        public void taken() {
            loop.run(() -> {
                client.moved();
                line.close();
            });
        }

        @Override
        public void stays(String reason) {
            loop.run(() -> stay(reason));
        }
    }
}
