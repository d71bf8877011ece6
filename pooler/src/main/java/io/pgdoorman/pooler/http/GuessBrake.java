package io.pgdoorman.pooler.http;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;

/// Slows down guessing of the admin password: each wrong one is answered late, and an address with many late answers
/// outstanding is not listened to. Others, as the operator, are not kept waiting. Belongs to the control server's event
/// loop.
final class GuessBrake {

    private static final int MOST_PER_ADDRESS = 8;

    /// Bounds the map; an attacker with more addresses than connections gains nothing by more entries.
    private static final int MOST_ADDRESSES = 1_024;

    private final Map<InetAddress, Integer> outstanding = new HashMap<>();

    boolean isOn(InetAddress address) {
        return outstanding.getOrDefault(address, 0) >= MOST_PER_ADDRESS
                || (outstanding.size() >= MOST_ADDRESSES && !outstanding.containsKey(address));
    }

    void guessed(InetAddress address) {
        outstanding.merge(address, 1, Integer::sum);
    }

    void answered(InetAddress address) {
        outstanding.computeIfPresent(address, (_, count) -> count == 1 ? null : count - 1);
    }
}
