package io.pgdoorman.pooler.stats;

import java.util.Map;

/// How the servers of a pool came to be, since the start; named in SHOW POOL_SCALING's order.
///
/// @param connects begun
/// @param gateWaits how often clients found as many connects under way as may
/// @param outwaitedAtGate clients that did, and waited longer than a server should need to come back
/// @param handovers servers that came back and went to a client that waited
/// @param outwaited clients that waited longer than a server should need to come back
/// @param impatient connects for clients that would not wait longer for a server to come back
/// @param deferred how often the minimum had to wait for other connects
/// @param waits clients that began to wait, by what for
public record GrowthSnapshot(
        long connects,
        long gateWaits,
        long outwaitedAtGate,
        long handovers,
        long outwaited,
        long impatient,
        long deferred,
        Map<WaitReason, Long> waits) {}
