package io.pgdoorman.pooler.client;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.pgdoorman.pooler.auth.AuthException;
import io.pgdoorman.pooler.net.ChannelLine;
import io.pgdoorman.pooler.net.Fault;
import io.pgdoorman.pooler.net.Line;
import io.pgdoorman.pooler.net.LineUser;
import io.pgdoorman.pooler.session.StartupOptions;
import io.pgdoorman.pooler.stats.ProcessStats.Kind;
import io.pgdoorman.pooler.stats.ProcessStats.Reason;
import io.pgdoorman.pooler.tls.Encryption;
import io.pgdoorman.pooler.tls.HandshakeGate;
import io.pgdoorman.pooler.wire.BackendWriter;
import io.pgdoorman.pooler.wire.Carry;
import io.pgdoorman.pooler.wire.FirstPacket;
import io.pgdoorman.pooler.wire.Frontend;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.ProtocolException;
import io.pgdoorman.pooler.wire.SqlState;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where a connection is until it has proven who it is: SSLRequest, GSSENCRequest, CancelRequest or a
/// startup packet, then the login. Everything here is hostile, so every limit is small. Belongs to an event loop of
/// the doors, which the connection leaves when it comes in.
///
/// ```
/// accept ─► first packet ─┬─ SSLRequest, or a TLS record at once: Vestibule, again
///                         ├─ SSLRequest without a certificate, GSSENCRequest: "N", again
///                         ├─ CancelRequest: passed on, closed
///                         └─ startup ─► Login ─► ClientConnection or AdminSession takes the pipeline
/// ```
public final class Porch extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(Porch.class);

    /// What a client may send ahead while its login waits for a server; then TCP is the queue.
    private static final int MAX_AHEAD = 64 * 1024;

    /// The same before it has proven who it is, while somebody outside or a key that is derived decides: nobody
    /// who may come in says anything then.
    private static final int MAX_AHEAD_OF_STRANGERS = 1024;

    /// Connections beyond max_connections that may stand here: they may want the console, or only to cancel.
    private static final int MAX_UNDECIDED = 256;

    /// The same for those of one address, beyond what it may have.
    private static final int MAX_UNDECIDED_FROM = 32;

    private final Building building;
    private final boolean readsOnly;
    private final long bornNanos;
    private final HeldShare share;
    private @Nullable Presence presence;
    private final Carry carry = new Carry();
    private @Nullable ByteBuf reading;
    private @Nullable ScheduledFuture<?> timeout;
    private @Nullable Login login;
    private volatile @Nullable ChannelHandlerContext context;
    private @Nullable Vestibule vestibule;
    private int declined;
    private boolean isGoingIn;
    private boolean done;

    Porch(Building building, boolean readsOnly) {
        this.building = building;
        this.readsOnly = readsOnly;
        this.bornNanos = building.clock().getAsLong();
        this.share = new HeldShare(building.clients().memory());
    }

    /// Puts a porch before a new connection.
    ///
    /// @param readOnlyPort where databases mean their read-only pools; null for nowhere
    public static void open(Channel channel, Building building, @Nullable Integer readOnlyPort) {
        boolean readsOnly = readOnlyPort != null
                && channel.localAddress() instanceof InetSocketAddress own
                && own.getPort() == readOnlyPort;
        var _ = channel.pipeline().addLast("porch", new Porch(building, readsOnly));
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        context = ctx;
        ClientEvents.accepted(ctx.channel());
        var seats = new Presence(building.clients().occupancy(), ctx.channel().remoteAddress());
        presence = seats;
        var _ = ctx.channel().closeFuture().addListener(seats);
        building.clients().arrived(this);
        var house = building.house().get();
        int standing = building.clients().atTheDoorCount();
        if (standing > house.maxClients() + MAX_UNDECIDED) {
            refuse(ctx, Reason.TOO_MANY_CLIENTS, Occupancy.tooMany(house.maxClients()));
            return;
        }
        int most = house.logins().mostUnauthenticated();
        if (most > 0 && standing > most) {
            refuse(ctx, Reason.TOO_MANY_CLIENTS, Occupancy.tooManyStrangers(most));
            return;
        }
        if (seats.isFarBeyond(house.maxPerAddress(), MAX_UNDECIDED_FROM)) {
            // The usual refusal waits for the startup packet, as drivers do not read the text of an earlier one.
            refuse(
                    ctx,
                    Reason.TOO_MANY_CLIENTS,
                    PgError.fatal(SqlState.TOO_MANY_CONNECTIONS, "too many connections from this address"));
            return;
        }
        timeout = ctx.executor()
                .schedule(
                        () -> {
                            refuse(
                                    ctx,
                                    Reason.LOGIN_TIMEOUT,
                                    PgError.fatal(SqlState.QUERY_CANCELED, "canceling authentication due to timeout")
                                            .withHint("The pooler's client_login_timeout."));
                        },
                        building.house().get().loginTimeoutMillis(),
                        TimeUnit.MILLISECONDS);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        var in = (ByteBuf) message;
        if (done || !ctx.channel().isActive()) {
            // TLS hands over the last it has decrypted when the connection is closed already
            in.release();
            return;
        }
        in = carry.join(in);
        reading = in;
        try {
            read(ctx, in);
        } catch (ProtocolException broken) {
            refuse(ctx, Reason.INVALID_STARTUP, broken.error());
        } catch (AuthException broken) {
            refuse(
                    ctx,
                    broken.isRefusal() ? Reason.AUTH_FAILED : Reason.PROTOCOL_ERROR,
                    PgError.fatal(broken.sqlState(), String.valueOf(broken.getMessage()))
                            .withDetail(broken.detail()));
        } finally {
            reading = null;
            carry.keep(in, done ? in.writerIndex() : in.readerIndex());
            if (!done && !isGoingIn) {
                ctx.channel().config().setAutoRead(carry.size() <= mostAhead());
            }
            if (share.is(done ? 0 : carry.size())) {
                refuse(ctx, Reason.OUT_OF_MEMORY, share.error().asFatal());
            }
        }
    }

    /// The login goes on after it waited for somebody else: what the client sent meanwhile is read.
    void readOn(ChannelHandlerContext ctx) {
        if (!done && !carry.isEmpty()) {
            channelRead(ctx, Unpooled.EMPTY_BUFFER);
        }
    }

    private int mostAhead() {
        var exchange = login;
        return exchange == null || exchange.expectsAnswer() || exchange.isProven() ? MAX_AHEAD : MAX_AHEAD_OF_STRANGERS;
    }

    private void read(ChannelHandlerContext ctx, ByteBuf in) throws ProtocolException, AuthException {
        var behind = vestibule;
        if (behind != null && !behind.hasBegun()) {
            refuseBytesAhead(in, "SSL");
        }
        while (!done && in.isReadable()) {
            var exchange = login;
            boolean whole = exchange == null ? firstPacket(ctx, in) : loginMessage(exchange, in);
            if (!whole) {
                return;
            }
        }
    }

    private boolean firstPacket(ChannelHandlerContext ctx, ByteBuf in) throws ProtocolException {
        if (in.readableBytes() < 4) {
            return false;
        }
        if (in.getByte(in.readerIndex()) == Vestibule.TLS_HANDSHAKE && vestibule == null) {
            return directTls(ctx, in);
        }
        int length = FirstPacket.length(in);
        if (length < 0) {
            turnAway(ctx);
            return true;
        }
        if (in.readableBytes() < length) {
            return false;
        }
        switch (FirstPacket.read(in.readSlice(length))) {
            case FirstPacket.SslRequest _ -> sslRequest(ctx, in);
            case FirstPacket.GssEncRequest _ -> noEncryption(ctx, in, FirstPacket.GSSENC_REQUEST);
            case FirstPacket.Nonsense _ -> turnAway(ctx);
            case FirstPacket.OldProtocol(var major, var minor) -> {
                var out = ctx.alloc().buffer(128);
                BackendWriter.oldError(out, FirstPacket.unsupported((major << 16) | minor));
                var _ = ctx.write(out);
                turnAway(ctx);
            }
            case FirstPacket.CancelRequest(var pid, var secret) -> {
                building.stats().accepted(Kind.CANCEL);
                done = true;
                leave();
                // as PostgreSQL does: who has read to the end may ask the next question, which must not be hit
                building.cancels().registry().cancel(pid, secret, () -> {
                    var _ = ctx.close();
                });
            }
            case FirstPacket.Startup startup -> startup(ctx, startup);
        }
        return true;
    }

    /// Closes without an error, as PostgreSQL does for what it does not understand.
    private void turnAway(ChannelHandlerContext ctx) {
        done = true;
        building.stats().rejected(Reason.INVALID_STARTUP);
        leave();
        presence().leave();
        Farewell.silently(new ChannelLine(ctx.channel()));
    }

    /// @param request its code; PostgreSQL takes the same one twice in a row for a version
    private void noEncryption(ChannelHandlerContext ctx, ByteBuf in, int request) throws ProtocolException {
        if (declined == request) {
            throw new ProtocolException(
                    PgError.fatal(SqlState.FEATURE_NOT_SUPPORTED, FirstPacket.unsupported(request)));
        }
        declined = request;
        var _ = ctx.writeAndFlush(ctx.alloc().buffer(1).writeByte('N'));
        refuseBytesAhead(in, request == FirstPacket.SSL_REQUEST ? "SSL" : "GSSAPI encryption");
    }

    /// Bytes sent before our answer could have been put there by someone in the middle (CVE-2021-23214).
    private static void refuseBytesAhead(ByteBuf in, String what) throws ProtocolException {
        if (in.isReadable()) {
            throw new ProtocolException(
                    PgError.fatal(SqlState.PROTOCOL_VIOLATION, "received unencrypted data after " + what + " request")
                            .withDetail("This could be either a client-software bug or evidence of an attempted"
                                    + " man-in-the-middle attack."));
        }
    }

    private void sslRequest(ChannelHandlerContext ctx, ByteBuf in) throws ProtocolException {
        var tls = building.encryption().live().get();
        if (tls.door().isEmpty() || vestibule != null) {
            noEncryption(ctx, in, FirstPacket.SSL_REQUEST);
            return;
        }
        declined = FirstPacket.SSL_REQUEST;
        refuseBytesAhead(in, "SSL");
        long patience = TimeUnit.MILLISECONDS.toNanos(building.house().get().loginTimeoutMillis());
        long wait = building.encryption()
                .gate()
                .waitNanos(building.clock().getAsLong(), tls.handshakesPerSecond(), patience);
        if (wait == HandshakeGate.TOO_LATE) {
            refuse(
                    ctx,
                    Reason.TOO_MANY_CLIENTS,
                    PgError.fatal(SqlState.TOO_MANY_CONNECTIONS, "too many TLS handshakes are waiting")
                            .withDetail("The pooler's limit tls_rate_limit_per_second is " + tls.handshakesPerSecond()
                                    + ", and client_login_timeout would pass first."));
            return;
        }
        vestibule = Vestibule.asked(ctx, building, tls.door().get(), wait);
    }

    /// The handshake comes without a request before it (PostgreSQL 17, "Protocol Flow").
    private boolean directTls(ChannelHandlerContext ctx, ByteBuf in) {
        var tls = building.encryption().live().get();
        if (tls.door().isEmpty()) {
            turnAway(ctx);
        } else {
            vestibule = Vestibule.direct(ctx, building, tls.door().get(), in.readRetainedSlice(in.readableBytes()));
        }
        return true;
    }

    /// What protects the connection.
    Encryption encryption() {
        var behind = vestibule;
        return behind == null ? Encryption.NONE : behind.encryption();
    }

    boolean readsOnly() {
        return readsOnly;
    }

    private void startup(ChannelHandlerContext ctx, FirstPacket.Startup startup) throws ProtocolException {
        boolean encrypted = encryption().isOn();
        building.stats().accepted(encrypted ? Kind.TLS : Kind.PLAIN);
        if (!encrypted && building.encryption().live().get().isDemanded()) {
            refuse(
                    ctx,
                    Reason.TLS_REQUIRED,
                    PgError.fatal(SqlState.INVALID_AUTHORIZATION, "connection without SSL is not allowed by tls_mode")
                            .withHint("Connect with sslmode=require or higher."));
            return;
        }
        var draining = building.clients().draining();
        boolean forConsole = building.directory().get().isConsole(startup.database());
        if (draining != null && !forConsole) {
            refuse(ctx, Reason.SHUTTING_DOWN, draining);
            return;
        }
        if (!forConsole && building.clients().disabled().contains(startup.database())) {
            refuse(
                    ctx,
                    Reason.DATABASE_DISABLED,
                    PgError.fatal(
                                    SqlState.OBJECT_NOT_READY,
                                    "database \"" + startup.database() + "\" is not currently accepting connections")
                            .withDetail("It was disabled by the pooler's console."));
            return;
        }
        var full = seat(startup);
        if (full != null) {
            refuse(ctx, Reason.TOO_MANY_CLIENTS, full);
            return;
        }
        var extensions = StartupOptions.protocolExtensions(startup.parameters());
        if (startup.minor() > FirstPacket.NEWEST_MINOR || !extensions.isEmpty()) {
            var out = ctx.alloc().buffer(64);
            BackendWriter.negotiateProtocolVersion(
                    out, Math.min(startup.minor(), FirstPacket.NEWEST_MINOR), extensions);
            var _ = ctx.write(out);
        }
        var purpose = StartupOptions.purpose(startup.parameters());
        var settings = StartupOptions.settings(startup.parameters());
        var exchange = new Login(building, this, ctx, startup, new Login.Wish(purpose, settings));
        login = exchange;
        exchange.begin();
    }

    /// Before anything is paid for a client, there must be room for it.
    private @Nullable PgError seat(FirstPacket.Startup startup) {
        var house = building.house().get();
        var directory = building.directory().get();
        if (directory.isConsole(startup.database())) {
            return presence().asksForConsole(house);
        }
        var full = presence().asksForDatabase(house);
        var account = directory.account(startup.database(), startup.user());
        return full != null || account == null
                ? full
                : building.clients().occupancy().fullness(account.pool());
    }

    /// The seats of this connection.
    Presence presence() {
        var seats = presence;
        if (seats == null) {
            throw new IllegalStateException("the connection is not open yet");
        }
        return seats;
    }

    private static boolean loginMessage(Login exchange, ByteBuf in) throws ProtocolException, AuthException {
        if (in.readableBytes() < 5) {
            return false;
        }
        byte tag = in.getByte(in.readerIndex());
        int length = in.getInt(in.readerIndex() + 1);
        if (!exchange.expectsAnswer()) {
            // A client may pipeline its first query behind the login; it is kept for the connection.
            return false;
        }
        if (tag != Frontend.PASSWORD) {
            throw ProtocolException.violation("expected password response, got message type " + (tag & 0xff));
        }
        if (length < 4 || length > exchange.longestAnswer()) {
            throw ProtocolException.violation("invalid length of password response: " + length);
        }
        if (in.readableBytes() < length + 1) {
            return false;
        }
        in.skipBytes(5);
        byte[] body = takeSecret(in, length - 4);
        try {
            exchange.answer(body);
        } finally {
            Arrays.fill(body, (byte) 0);
        }
        return true;
    }

    /// What proves somebody stays in no buffer, which others get after this connection.
    static byte[] takeSecret(ByteBuf in, int length) {
        var body = new byte[length];
        in.getBytes(in.readerIndex(), body);
        in.setZero(in.readerIndex(), length);
        in.skipBytes(length);
        return body;
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ctx.flush();
    }

    /// Ends the connection with a reason.
    void refuse(ChannelHandlerContext ctx, Reason reason, PgError error) {
        if (!done && !isGoingIn) {
            done = true;
            building.stats().rejected(reason);
            leave();
            presence().leave();
            var exchange = login;
            if (exchange != null) {
                exchange.ends(reason, error);
                // A server that comes for it now goes back.
                exchange.abandoned();
            }
            Farewell.say(new ChannelLine(ctx.channel()), error);
        }
    }

    /// Ends the connection, as it has not come in yet; any thread.
    void drain(PgError why) {
        var ctx = context;
        if (ctx != null) {
            ctx.executor().execute(() -> refuse(ctx, Reason.SHUTTING_DOWN, why));
        }
    }

    /// The login succeeded, and the connection goes to the loop where it is served: from here on nothing but its end
    /// keeps it from there. Whoever wants it to leave says so to all that are in.
    void goesIn() {
        isGoingIn = true;
        noTimeout();
    }

    private void noTimeout() {
        var running = timeout;
        if (running != null) {
            running.cancel(false);
        }
    }

    /// The login succeeded: the line's user goes on, with what the client sent ahead. On the line's loop.
    void replaceBy(Line line, LineUser successor) {
        var ahead = succeeded();
        line.onClosed(presence()::leave);
        line.read(true);
        line.serve(successor, ahead);
    }

    /// What the client sent behind its login, or null.
    private @Nullable ByteBuf succeeded() {
        done = true;
        building.stats().loginNanos(building.clock().getAsLong() - bornNanos);
        // Where the login is answered at once, what the client sent behind it lies in the buffer that is being read.
        var now = reading;
        var ahead = now == null ? carry.take() : now.readRetainedSlice(now.readableBytes());
        leave();
        return ahead;
    }

    /// The login succeeded: the console takes the pipeline, with what the client sent ahead.
    void replaceBy(ChannelHandlerContext ctx, AdminSession successor) {
        var ahead = succeeded();
        var channel = ctx.channel();
        var _ = channel.pipeline().replace(this, "client", successor);
        channel.config().setAutoRead(true);
        if (ahead != null) {
            // behind the encryption, since that is where these bytes came out
            var encrypting = channel.pipeline().context(Vestibule.HANDLER);
            if (encrypting == null) {
                channel.pipeline().fireChannelRead(ahead);
                channel.pipeline().fireChannelReadComplete();
            } else {
                encrypting.fireChannelRead(ahead);
                encrypting.fireChannelReadComplete();
            }
        }
    }

    private void leave() {
        building.clients().left(this);
        noTimeout();
        var behind = vestibule;
        if (behind != null) {
            behind.leave();
        }
        carry.release();
        var _ = share.is(0);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        done = true;
        leave();
        var exchange = login;
        if (exchange != null) {
            exchange.abandoned();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (!BrokenWire.is(cause)) {
            Fault.in(LOG.atError().setMessage("a peer met a fault of the pooler before its login"), cause)
                    .addKeyValue("client", Caller.of(ctx.channel()).toString())
                    .log();
        }
        done = true;
        leave();
        var _ = ctx.close();
    }
}
