package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.net.Line;
import io.pgdoorman.pooler.net.Loop;
import io.pgdoorman.pooler.wire.PgError;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A client leaves because others want it to: it ends at its next boundary, or it goes to another process. Belongs to
/// the client's event loop, and is made with the first such wish, as most clients never hear one.
///
/// To another process it goes at the next moment in which it is idle: all that was written to it is in the kernel, and
/// its loop lets go of the connection; bytes that come then wait in the kernel for whoever reads next.
///
/// A client under TLS cannot go: the keys of its connection are in the TLS library, which shows them to nobody.
final class Departure {
    private static final Logger LOG = LoggerFactory.getLogger(Departure.class);

    private final ClientConnection client;
    private final Line line;
    private final Loop loop;
    private @Nullable PgError end;
    private @Nullable Curfew curfew;
    private @Nullable Mover mover;
    private boolean onTheWay;

    Departure(ClientConnection client, Line line, Loop loop) {
        this.client = client;
        this.line = line;
        this.loop = loop;
    }

    /// From now on the client is to end; [#consider] does it.
    void endsWith(PgError why) {
        end = why;
    }

    /// The client is to end after a while.
    void endsAt(Curfew when) {
        curfew = when;
    }

    /// From now on the client is to go; null: it is to stay.
    void goesBy(@Nullable Mover by) {
        mover = by;
        considerMove();
    }

    /// The client may be at a boundary.
    void consider() {
        var why = end;
        if (why == null) {
            considerMove();
            return;
        }
        var side = client.side();
        boolean idle = client.state() == ClientState.IDLE && client.isAtRest();
        boolean idleInSession = client.state() == ClientState.LINKED && side.owesNothing() && !side.isInTransaction();
        if (idle || idleInSession) {
            client.end(why);
        }
    }

    private void considerMove() {
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
        var handedOver = packed();
        client.goesAway();
        // Whatever is read before the loop has let go brings the client back.
        line.leaveLoop(left -> {
            if (client.isAtRest() && line.isOpen() && left) {
                by.move(handedOver, line, new Ticket());
            } else {
                stay("it did something at the last moment");
            }
        });
    }

    /// All that it takes along.
    private HandedOverClient packed() {
        var side = client.side();
        var when = curfew;
        return new HandedOverClient(
                client.guest().person(client.pool(), client.now(), when == null ? -1 : when.leftMillis()),
                side.knownParameters(),
                HandedOverClient.Prepared.of(side.statements()),
                client.key());
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
        client.comesBack();
    }

    private final class Ticket implements Mover.Answer {
        @Override
        public void taken() {
            loop.run(() -> {
                client.leaves();
                line.close();
            });
        }

        @Override
        public void stays(String reason) {
            loop.run(() -> stay(reason));
        }
    }
}
