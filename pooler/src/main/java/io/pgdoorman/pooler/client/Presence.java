package io.pgdoorman.pooler.client;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.pgdoorman.pooler.stats.Seats;
import io.pgdoorman.pooler.wire.PgError;
import java.net.InetAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/// The seats of one connection, from accept on; given back when it is refused or closed, whichever comes first and
/// however it is closed. After that it takes none: what a login still asks for then is nobody's. Belongs to the
/// connection's event loop.
final class Presence implements ChannelFutureListener {
    private final Occupancy occupancy;
    private @Nullable InetAddress address;
    private @Nullable Seats seats;
    private @Nullable ClientPool pool;
    private boolean left;

    /// @param remote connections that come over no network are not counted by address
    Presence(Occupancy occupancy, @Nullable SocketAddress remote) {
        this.occupancy = occupancy;
        var from = Caller.address(remote);
        this.address = from;
        if (from != null) {
            occupancy.arrived(from);
        }
    }

    /// Whether the address has more connections than it may, and some that have not said yet whom they want.
    boolean isFarBeyond(int limit, int patience) {
        var from = address;
        return from != null && limit > 0 && occupancy.from(from) > limit + patience;
    }

    /// It wants the console.
    ///
    /// @return why it may not, or null
    @Nullable
    PgError asksForConsole(Building.House house) {
        if (left) {
            return null;
        }
        if (occupancy.console().take(Occupancy.CONSOLE_SEATS)) {
            seats = occupancy.console();
            forgetAddress();
            return null;
        }
        return asksForDatabase(house);
    }

    /// It wants a database.
    ///
    /// @return why it may not, or null
    @Nullable
    PgError asksForDatabase(Building.House house) {
        if (left) {
            return null;
        }
        var from = address;
        if (from != null && house.maxPerAddress() > 0 && occupancy.from(from) > house.maxPerAddress()) {
            return Occupancy.tooManyFrom(from, house.maxPerAddress());
        }
        if (!occupancy.process().take(house.maxClients())) {
            return Occupancy.tooMany(house.maxClients());
        }
        seats = occupancy.process();
        return null;
    }

    /// It has proven who it is.
    ///
    /// @return why it may not come in, or null
    @Nullable
    PgError enters(ClientPool wanted) {
        if (left) {
            return null;
        }
        var full = occupancy.enter(wanted);
        if (full == null) {
            pool = wanted;
        }
        return full;
    }

    /// It was in before, in another process: there is a seat for it whatever the limits say.
    void movesIn(ClientPool wanted) {
        var _ = occupancy.process().take(0);
        seats = occupancy.process();
        occupancy.movesIn(wanted);
        pool = wanted;
    }

    /// Gives all back; again does nothing.
    void leave() {
        if (left) {
            return;
        }
        left = true;
        forgetAddress();
        var taken = seats;
        if (taken != null) {
            taken.leave();
        }
        var entered = pool;
        if (entered != null) {
            occupancy.leave(entered);
        }
    }

    private void forgetAddress() {
        var from = address;
        if (from != null) {
            address = null;
            occupancy.left(from);
        }
    }

    @Override
    public void operationComplete(ChannelFuture closed) {
        leave();
    }
}
