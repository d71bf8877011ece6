package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.relay.ClientSide;
import io.pgdoorman.pooler.session.ParameterSet;
import io.pgdoorman.pooler.stats.ClientSnapshot;
import java.net.SocketAddress;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Who a client is, for logs and `SHOW CLIENTS`.
///
/// @param id unique in this process
/// @param user that it proved to be; its servers may be those of another
/// @param from the other end of its connection
/// @param wanted the settings of its startup packet
/// @param told the parameters that it was greeted with
/// @param bornNanos when it had logged in
record Guest(
        long id,
        String user,
        String applicationName,
        @Nullable SocketAddress from,
        ParameterSet wanted,
        Map<String, String> told,
        long bornNanos) {

    /// Where it comes from; made when it is asked for, as each idle client would keep it.
    String address() {
        return Caller.text(from);
    }

    ClientSnapshot snapshot(ClientPool pool, ClientState state, ClientSide side, long nowNanos) {
        var traffic = side.traffic();
        return new ClientSnapshot(
                id,
                pool.database(),
                user,
                applicationName,
                address(),
                false,
                doing(state, side),
                state == ClientState.LINKED ? (side.owesNothing() ? "read" : "write") : "idle",
                traffic.transactions(),
                traffic.queries(),
                traffic.errors(),
                (nowNanos - bornNanos) / 1_000_000_000);
    }

    private static String doing(ClientState state, ClientSide side) {
        return switch (state) {
            case IDLE, AWAY, CLOSING -> "idle";
            case LINKED -> side.isPinned() && side.owesNothing() && !side.isInTransaction() ? "pinned" : "active";
            case WAITING -> "waiting";
        };
    }

    /// For the process that goes on with the client.
    HandedOverClient.Person person(ClientPool pool, long nowNanos, long curfewMillis) {
        return new HandedOverClient.Person(
                pool.database(), pool.user(), user, applicationName, nowNanos - bornNanos, curfewMillis);
    }
}
