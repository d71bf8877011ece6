package io.pgdoorman.pooler.net;

import io.netty.bootstrap.AbstractBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelOption;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;

/// Options of client and server sockets.
///
/// @param noDelay Nagle off
/// @param keepaliveIdle seconds until the first probe
/// @param keepaliveInterval seconds between probes
/// @param keepaliveCount probes before the connection counts as dead
/// @param userTimeout seconds that sent bytes may stay unacknowledged; 0 leaves it to the system
/// @param bufferSize SO_RCVBUF and SO_SNDBUF of TCP in bytes; 0 leaves them to the kernel
/// @param unixBufferSize the same of Unix sockets
public record SocketSettings(
        boolean noDelay,
        int keepaliveIdle,
        int keepaliveInterval,
        int keepaliveCount,
        int userTimeout,
        int bufferSize,
        int unixBufferSize) {
    public static final SocketSettings DEFAULT = new SocketSettings(true, 5, 5, 5, 60, 0, 0);

    private static final int SOCKET = 1; // SOL_SOCKET
    private static final int TCP = 6; // IPPROTO_TCP

    /// A connection that streams reads up to 256 KiB at once (17 thousand system calls per GB instead of 33);
    /// an idle or chatty one asks for 2 KiB.
    private static final RecvByteBufAllocator RECEIVE =
            new ThriftyReads(new AdaptiveRecvByteBufAllocator(1024, 4096, 256 * 1024));

    /// Above the high mark the other side is no longer read: what a slow peer holds in memory is bounded by it.
    private static final WriteBufferWaterMark MARKS = new WriteBufferWaterMark(Line.LOW_MARK, Line.HIGH_MARK);

    /// The same while network memory is short.
    private static final WriteBufferWaterMark LOW_MARKS =
            new WriteBufferWaterMark(Line.SHORT_LOW_MARK, Line.SHORT_HIGH_MARK);

    /// Bounds what a peer may leave unread, for the answers that it is about to get.
    static void bound(Channel peer) {
        var wanted = NetworkMemory.isShort() ? LOW_MARKS : MARKS;
        var config = peer.config();
        if (!wanted.equals(config.getWriteBufferWaterMark())) {
            config.setWriteBufferWaterMark(wanted);
        }
    }

    /// Linux hands these on from a listening socket to those that it accepts; each of them set on its own would take
    /// six system calls of a login's thirty.
    void handOnFrom(AbstractBootstrap<?, ?> listener) {
        listener.option(new IntegerUnixChannelOption("TCP_NODELAY", TCP, 1), noDelay ? 1 : 0)
                .option(new IntegerUnixChannelOption("SO_KEEPALIVE", SOCKET, 9), 1)
                .option(new IntegerUnixChannelOption("TCP_KEEPIDLE", TCP, 4), keepaliveIdle)
                .option(new IntegerUnixChannelOption("TCP_KEEPINTVL", TCP, 5), keepaliveInterval)
                .option(new IntegerUnixChannelOption("TCP_KEEPCNT", TCP, 6), keepaliveCount)
                .option(new IntegerUnixChannelOption("TCP_USER_TIMEOUT", TCP, 18), userTimeout * 1000);
    }

    /// Sets what is new to a socket that was accepted from one with all these options.
    void applyToHeir(Channel channel) {
        applyToBuffers(channel);
        if (!noDelay) {
            channel.config().setOption(ChannelOption.TCP_NODELAY, false); // Netty sets it by itself
        }
    }

    /// Sets what this transport knows of these options.
    public void apply(Channel channel) {
        applyToBuffers(channel);
        ChannelConfig config = channel.config();
        if (channel instanceof SocketChannel) {
            config.setOption(ChannelOption.TCP_NODELAY, noDelay);
            config.setOption(ChannelOption.SO_KEEPALIVE, true);
        }
        if (channel instanceof EpollSocketChannel) {
            config.setOption(EpollChannelOption.TCP_KEEPIDLE, keepaliveIdle);
            config.setOption(EpollChannelOption.TCP_KEEPINTVL, keepaliveInterval);
            config.setOption(EpollChannelOption.TCP_KEEPCNT, keepaliveCount);
            if (userTimeout > 0) {
                config.setOption(EpollChannelOption.TCP_USER_TIMEOUT, userTimeout * 1000);
            }
        }
    }

    private void applyToBuffers(Channel channel) {
        ChannelConfig config = channel.config();
        config.setAllocator(PooledByteBufAllocator.DEFAULT);
        config.setRecvByteBufAllocator(RECEIVE);
        config.setWriteBufferWaterMark(MARKS);
        int buffer = channel instanceof SocketChannel ? bufferSize : unixBufferSize;
        if (buffer > 0) {
            config.setOption(ChannelOption.SO_RCVBUF, buffer);
            config.setOption(ChannelOption.SO_SNDBUF, buffer);
        }
    }
}
