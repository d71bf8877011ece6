package io.pgdoorman.pooler.net;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.function.Consumer;

/// From names to addresses, without ever stopping an event loop.
public final class Names {
    /// What a name stands for.
    public sealed interface Answer {
        /// @param addresses at least one, in the order to try them
        record Found(List<InetAddress> addresses) implements Answer {}

        record Unknown(String reason) implements Answer {}
    }

    /// @param done called once, at once or later and on any thread
    public void resolve(String host, Consumer<Answer> done) {
        if (isLiteral(host)) {
            done.accept(ask(host));
        } else {
            // The JDK's resolver blocks; names must not stop an event loop.
            Thread.startVirtualThread(() -> done.accept(ask(host)));
        }
    }

    private static Answer ask(String host) {
        try {
            return new Answer.Found(List.of(InetAddress.getAllByName(host)));
        } catch (UnknownHostException unknown) {
            return new Answer.Unknown("unknown host \"" + host + "\"");
        }
    }

    private static boolean isLiteral(String host) {
        return NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host);
    }
}
