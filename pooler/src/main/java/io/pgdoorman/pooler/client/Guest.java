package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.relay.Traffic;
import io.pgdoorman.pooler.session.ParameterSet;
import io.pgdoorman.pooler.stats.ClientSnapshot;
import java.util.Map;

/// Who a client is, for logs and `SHOW CLIENTS`.
///
/// @param id unique in this process
/// @param wanted the settings of its startup packet
/// @param told the parameters that it was greeted with
/// @param bornNanos when it had logged in
record Guest(
        long id,
        String applicationName,
        String address,
        ParameterSet wanted,
        Map<String, String> told,
        long bornNanos) {

    ClientSnapshot snapshot(ClientPool pool, Traffic traffic, Doing doing, long nowNanos) {
        return new ClientSnapshot(
                id,
                pool.database(),
                pool.user(),
                applicationName,
                address,
                false,
                doing.state(),
                doing.waits(),
                traffic.transactions(),
                traffic.queries(),
                traffic.errors(),
                (nowNanos - bornNanos) / 1_000_000_000);
    }

    /// @param state idle, active or waiting
    /// @param waits what it waits for: read, write or idle
    record Doing(String state, String waits) {}
}
