package io.pgdoorman.pooler.net;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;

/// Where addresses of names come from.
public interface NameSource {
    /// Asks anew; blocks.
    ///
    /// @throws UnknownHostException when there is no answer, or the answer is none
    Found look(String host) throws UnknownHostException;

    /// @param addresses at least one, in the order to try them
    /// @param ttl how long the answer may be believed
    record Found(List<InetAddress> addresses, Duration ttl) {}
}
