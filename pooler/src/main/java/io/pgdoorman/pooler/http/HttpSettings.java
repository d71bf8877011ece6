package io.pgdoorman.pooler.http;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandler;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Where the control server listens and what it lets through.
///
/// @param login asked at each admin request, so that a reloaded password holds at once
/// @param encryption asked at each connection
public record HttpSettings(String host, int port, Supplier<AdminLogin> login, Limits limits, Encryption encryption) {

    /// How new connections are encrypted.
    @FunctionalInterface
    public interface Encryption {
        /// HTTP as it is.
        Encryption NONE = _ -> null;

        /// Null for none.
        @Nullable
        ChannelHandler handler(ByteBufAllocator allocator);
    }

    /// Bounds that keep a hostile peer from holding memory or connections.
    ///
    /// @param request a request must be complete this long after its first byte, the first one after the connect
    /// @param idle a connection without a request is closed after this; Prometheus comes back within a minute
    /// @param write a peer that does not take its answer is cut off after this
    /// @param failedLogin an answer to a wrong password comes this late
    public record Limits(int connections, Duration request, Duration idle, Duration write, Duration failedLogin) {

        /// 64 connections: some scrapers, an operator and probes of the kubelet, with room.
        public static Limits usual() {
            return new Limits(
                    64, Duration.ofSeconds(10), Duration.ofSeconds(75), Duration.ofSeconds(30), Duration.ofMillis(500));
        }
    }

    public HttpSettings(String host, int port, Supplier<AdminLogin> login) {
        this(host, port, login, Limits.usual(), Encryption.NONE);
    }
}
