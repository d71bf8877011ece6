package io.pgdoorman.pooler.net;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.DuplexChannel;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringDatagramChannel;
import io.netty.channel.uring.IoUringDomainSocketChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerDomainSocketChannel;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.Locale;

/// The ways to the kernel. epoll is the measured choice; NIO works everywhere; io_uring is for those who ask for it,
/// as container runtimes may forbid it and it costs memory.
public enum TransportKind {
    EPOLL,
    NIO,
    IO_URING;

    /// The transport named by the user, or the best one that works here.
    ///
    /// @param wanted `epoll`, `nio`, `io_uring`, or empty for the best
    /// @throws IllegalArgumentException when it is unknown or does not work on this machine
    public static TransportKind choose(String wanted) {
        return switch (wanted.toLowerCase(Locale.ROOT)) {
            case "" -> Epoll.isAvailable() ? EPOLL : NIO;
            case "nio" -> NIO;
            case "epoll" -> {
                if (!Epoll.isAvailable()) {
                    throw new IllegalArgumentException(
                            "transport epoll does not work here: " + Epoll.unavailabilityCause());
                }
                yield EPOLL;
            }
            case "io_uring" -> {
                if (!IoUring.isAvailable()) {
                    throw new IllegalArgumentException(
                            "transport io_uring does not work here: " + IoUring.unavailabilityCause());
                }
                yield IO_URING;
            }
            default ->
                throw new IllegalArgumentException("transport: \"" + wanted + "\" (expected: epoll, nio or io_uring)");
        };
    }

    IoHandlerFactory handlers() {
        return switch (this) {
            case EPOLL -> EpollIoHandler.newFactory();
            case NIO -> NioIoHandler.newFactory();
            case IO_URING -> IoUringIoHandler.newFactory();
        };
    }

    Class<? extends SocketChannel> socket() {
        return switch (this) {
            case EPOLL -> EpollSocketChannel.class;
            case NIO -> NioSocketChannel.class;
            case IO_URING -> IoUringSocketChannel.class;
        };
    }

    Class<? extends DuplexChannel> unixSocket() {
        return switch (this) {
            case EPOLL -> EpollDomainSocketChannel.class;
            case NIO -> NioDomainSocketChannel.class;
            case IO_URING -> IoUringDomainSocketChannel.class;
        };
    }

    Class<? extends DatagramChannel> datagram() {
        return switch (this) {
            case EPOLL -> EpollDatagramChannel.class;
            case NIO -> NioDatagramChannel.class;
            case IO_URING -> IoUringDatagramChannel.class;
        };
    }

    Class<? extends ServerChannel> unixServerSocket() {
        return switch (this) {
            case EPOLL -> EpollServerDomainSocketChannel.class;
            case NIO -> NioServerDomainSocketChannel.class;
            case IO_URING -> IoUringServerDomainSocketChannel.class;
        };
    }

    /// Each transport has its own class for the address of a Unix socket.
    SocketAddress unixAddress(Path file) {
        return switch (this) {
            case EPOLL, IO_URING -> new DomainSocketAddress(file.toString());
            case NIO -> UnixDomainSocketAddress.of(file);
        };
    }

    Class<? extends ServerSocketChannel> serverSocket() {
        return switch (this) {
            case EPOLL -> EpollServerSocketChannel.class;
            case NIO -> NioServerSocketChannel.class;
            case IO_URING -> IoUringServerSocketChannel.class;
        };
    }
}
