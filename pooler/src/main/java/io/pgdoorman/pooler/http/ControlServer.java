package io.pgdoorman.pooler.http;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.timeout.WriteTimeoutHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.pgdoorman.pooler.stats.ProcessStats;
import io.pgdoorman.pooler.stats.Snapshots;
import io.pgdoorman.pooler.stats.WebStats;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The HTTP server for metrics, probes and control.
///
/// It has one event loop of its own, so that no hostile peer takes time from clients; NIO, which is everywhere, is fast
/// enough for it. Pages of metrics, which take long when there are many pools, are made on another thread: a probe that
/// waited for one would have the kubelet take us for dead.
public final class ControlServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ControlServer.class);
    private static final int MOST_LINE_BYTES = 4 * 1024;
    private static final int MOST_HEADER_BYTES = 8 * 1024;
    private static final int MOST_BODY_BYTES = 64 * 1024;
    private static final int BACKLOG = 64;
    private static final int SECONDS_BETWEEN_SCRAPES = 120;

    private final HttpSettings settings;
    private final RequestHandler.Desk desk;
    private final MultiThreadIoEventLoopGroup loop;
    private final ThreadPoolExecutor metricsThread = metricsThread();
    private @Nullable Channel listener;

    /// Belongs to the event loop.
    private final Map<SocketChannel, RequestDeadline> connections = new LinkedHashMap<>();

    public ControlServer(HttpSettings settings, Snapshots snapshots, ProcessStats process, ControlActions actions) {
        this.settings = settings;
        var web = new WebStats();
        var page = new MetricsPage(new PoolerMetrics(snapshots, process, actions, web));
        var routes = new Routes(actions, page, metricsThread);
        var lateNanos = settings.limits().failedLogin().toNanos();
        this.desk = new RequestHandler.Desk(routes, settings.login(), new GuessBrake(), lateNanos, web);
        this.loop = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("pooler-control", true), NioIoHandler.newFactory());
    }

    /// Gone while nobody scrapes. Its queue is bounded by the connections, as each asks for one page at a time.
    private static ThreadPoolExecutor metricsThread() {
        var threads = new DefaultThreadFactory("pooler-metrics", true);
        var one = new ThreadPoolExecutor(
                1, 1, SECONDS_BETWEEN_SCRAPES, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), threads);
        one.allowCoreThreadTimeOut(true);
        return one;
    }

    /// Binds; blocks until that is done or refused. The address is the one bound, with the real port for port 0.
    public InetSocketAddress start() throws IOException {
        var bound = new ServerBootstrap()
                .group(loop)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel connection) {
                        admit(connection);
                    }
                })
                .bind(settings.host(), settings.port())
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            close();
            throw new IOException(
                    "web: cannot listen on " + settings.host() + ":" + settings.port() + ": "
                            + bound.cause().getMessage(),
                    bound.cause());
        }
        listener = bound.channel();
        var address = (InetSocketAddress) bound.channel().localAddress();
        LOG.atInfo().addKeyValue("server", address).log("control server listens");
        return address;
    }

    private void admit(SocketChannel connection) {
        if (connections.size() >= settings.limits().connections() && !makesRoom()) {
            var _ = connection.close();
            return;
        }
        var deadline = new RequestDeadline(settings.limits());
        connections.put(connection, deadline);
        connection.closeFuture().addListener(_ -> connections.remove(connection));
        var encryption = settings.encryption().handler(connection.alloc());
        if (encryption != null) {
            connection.pipeline().addLast("tls", encryption);
        }
        connection
                .pipeline()
                .addLast("deadline", deadline)
                .addLast(
                        "write-timeout",
                        new WriteTimeoutHandler(settings.limits().write().toNanos(), TimeUnit.NANOSECONDS))
                .addLast(
                        "http",
                        new HttpServerCodec(new HttpDecoderConfig()
                                .setMaxInitialLineLength(MOST_LINE_BYTES)
                                .setMaxHeaderSize(MOST_HEADER_BYTES)))
                .addLast("body", new BodyLimit(MOST_BODY_BYTES, deadline))
                .addLast("requests", new RequestHandler(desk, deadline));
    }

    /// Whoever has been here longest gives way, but for orders of the administrator: neither silent peers nor such as
    /// guess the password may keep out a kubelet, which would take us for dead.
    private boolean makesRoom() {
        for (var each : connections.entrySet()) {
            if (each.getValue().givesWay()) {
                connections.remove(each.getKey());
                var _ = each.getKey().close();
                return true;
            }
        }
        return false;
    }

    /// Stops listening; connections that are there go on. [#start] listens again.
    public void stopListening() {
        var listening = listener;
        if (listening != null) {
            listening.close().awaitUninterruptibly();
            listener = null;
        }
    }

    /// Stops listening and closes all connections; returns at once.
    @Override
    public void close() {
        if (listener != null) {
            var _ = listener.close();
        }
        metricsThread.shutdown();
        var _ = loop.shutdownGracefully(0, 2, TimeUnit.SECONDS);
    }
}
