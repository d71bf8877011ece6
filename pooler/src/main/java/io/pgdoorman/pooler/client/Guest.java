package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.relay.Relay;
import io.pgdoorman.pooler.session.ParameterSet;
import io.pgdoorman.pooler.stats.ClientSnapshot;
import java.util.Map;

/// Who a client is, for logs and `SHOW CLIENTS`.
///
/// @param id unique in this process
/// @param user that it proved to be; its servers may be those of another
/// @param wanted the settings of its startup packet
/// @param told the parameters that it was greeted with
/// @param bornNanos when it had logged in
record Guest(
        long id,
        String user,
        String applicationName,
        String address,
        ParameterSet wanted,
        Map<String, String> told,
        long bornNanos) {

    ClientSnapshot snapshot(ClientPool pool, ClientState state, Relay relay, long nowNanos) {
        var traffic = relay.traffic();
        return new ClientSnapshot(
                id,
                pool.database(),
                user,
                applicationName,
                address,
                false,
                doing(state, relay),
                state == ClientState.LINKED ? (relay.owesNothing() ? "read" : "write") : "idle",
                traffic.transactions(),
                traffic.queries(),
                traffic.errors(),
                (nowNanos - bornNanos) / 1_000_000_000);
    }

    private static String doing(ClientState state, Relay relay) {
        return switch (state) {
            case IDLE, AWAY, CLOSING -> "idle";
            case LINKED -> relay.isPinned() && relay.owesNothing() && !relay.isInTransaction() ? "pinned" : "active";
            case WAITING -> "waiting";
        };
    }

    /// For the process that goes on with the client.
    HandedOverClient.Person person(ClientPool pool, long nowNanos, long curfewMillis) {
        return new HandedOverClient.Person(
                pool.database(), pool.user(), user, applicationName, nowNanos - bornNanos, curfewMillis);
    }
}
