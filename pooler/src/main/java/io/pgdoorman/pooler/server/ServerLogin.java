package io.pgdoorman.pooler.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslHandler;
import io.pgdoorman.pooler.auth.AuthException;
import io.pgdoorman.pooler.stats.ProcessStats.ConnectPhase;
import io.pgdoorman.pooler.tls.Encryption;
import io.pgdoorman.pooler.tls.PostgresTls;
import io.pgdoorman.pooler.wire.Backend;
import io.pgdoorman.pooler.wire.CString;
import io.pgdoorman.pooler.wire.Carry;
import io.pgdoorman.pooler.wire.ErrorFields;
import io.pgdoorman.pooler.wire.FrontendWriter;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.ProtocolException;
import io.pgdoorman.pooler.wire.SqlState;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Logs in to PostgreSQL: startup packet, authentication, parameters, key, ReadyForQuery; then it leaves the pipeline
/// (PostgreSQL manual, "Protocol Flow", Start-up).
///
/// ```
/// connect ─► startup sent ─► authentication (cleartext | md5 | SASL) ─► parameters ─► ReadyForQuery
/// ```
/// Belongs to the connection's event loop.
final class ServerLogin extends ChannelInboundHandlerAdapter {
    /// A login's messages are small; a peer that sends more is no PostgreSQL.
    private static final int MAX_MESSAGE = 64 * 1024;

    /// For servers older than PostgreSQL 14, which do not tell.
    private static final byte[] ROLE_QUERY =
            "SELECT pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('default_transaction_read_only')"
                    .getBytes(StandardCharsets.US_ASCII);

    private final ServerSettings settings;
    private final Endpoint endpoint;
    private final ConnectSteps steps;
    private final int limitMillis;
    private final Outcome outcome;
    private final Executor crypto;
    private final Map<String, String> reported = new LinkedHashMap<>();
    private final Carry carry = new Carry();
    private @Nullable ScheduledFuture<?> timeout;
    private boolean asksRole;
    private @Nullable ServerRole role;
    private boolean done;
    private boolean computes;
    private Encryption encryption = Encryption.NONE;
    private ServerProof proof;
    private int pid;
    private byte[] secret = new byte[0];

    /// Told once how the login ended, on the connection's loop.
    interface Outcome {
        void loggedIn(ChannelHandlerContext ctx, Welcome welcome);

        void failed(LoginFailure failure);
    }

    /// What PostgreSQL said of the session.
    ///
    /// @param role null when it was neither told nor asked for
    @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
    record Welcome(
            int pid,
            byte[] secret,
            Map<String, String> reported,
            @Nullable ServerRole role,
            Encryption encryption) {}

    /// @param limitMillis limit of TCP and login together
    /// @param crypto where keys are derived
    ServerLogin(
            ServerSettings settings,
            Endpoint endpoint,
            ConnectSteps steps,
            int limitMillis,
            Outcome outcome,
            Executor crypto) {
        this.crypto = crypto;
        this.settings = settings;
        this.endpoint = endpoint;
        this.steps = steps;
        this.limitMillis = limitMillis;
        this.outcome = outcome;
        this.proof = new ServerProof(settings.login(), encryption);
    }

    Endpoint endpoint() {
        return endpoint;
    }

    boolean isEncrypted() {
        return encryption.isOn();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        timeout = ctx.executor()
                .schedule(
                        () -> fail(ctx, LoginFailure.silent("no login within " + limitMillis + " ms")),
                        limitMillis,
                        TimeUnit.MILLISECONDS);
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        steps.connected();
        encryption = PostgresTls.encryption(ctx.pipeline().get(SslHandler.class));
        proof = new ServerProof(settings.login(), encryption);
        var parameters = new LinkedHashMap<String, String>();
        parameters.put("user", settings.login().user());
        parameters.put("database", settings.login().database());
        parameters.putAll(settings.startupParameters());
        var out = ctx.alloc().buffer(256);
        FrontendWriter.startup(out, parameters);
        var _ = ctx.writeAndFlush(out);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        var in = carry.join((ByteBuf) message);
        try {
            read(ctx, in);
        } catch (AuthException | ProtocolException broken) {
            fail(ctx, LoginFailure.refused(String.valueOf(broken.getMessage())));
        } finally {
            carry.keep(in, done ? in.writerIndex() : in.readerIndex());
        }
    }

    private void read(ChannelHandlerContext ctx, ByteBuf in) throws AuthException, ProtocolException {
        while (!done && in.readableBytes() >= 5) {
            byte tag = in.getByte(in.readerIndex());
            int length = in.getInt(in.readerIndex() + 1);
            if (length < 4 || length > MAX_MESSAGE) {
                throw ProtocolException.violation("message of " + length + " bytes during login");
            }
            if (in.readableBytes() < length + 1) {
                return;
            }
            in.skipBytes(5);
            message(ctx, tag, in.readSlice(length - 4));
        }
    }

    private void message(ChannelHandlerContext ctx, byte tag, ByteBuf body) throws AuthException, ProtocolException {
        switch (tag) {
            case Backend.AUTHENTICATION -> authentication(ctx, body);
            case Backend.PARAMETER_STATUS -> reported.put(CString.read(body), CString.read(body));
            case Backend.BACKEND_KEY_DATA -> {
                if (body.readableBytes() < 8) {
                    throw ProtocolException.violation("short BackendKeyData");
                }
                pid = body.readInt();
                secret = new byte[body.readableBytes()];
                body.readBytes(secret);
            }
            case Backend.READY_FOR_QUERY -> ready(ctx);
            case Backend.ERROR_RESPONSE -> refused(ctx, body);
            case Backend.ROW_DESCRIPTION, Backend.COMMAND_COMPLETE -> {
                if (!asksRole) {
                    throw ProtocolException.violation("message '" + (char) tag + "' during login");
                }
            }
            case Backend.DATA_ROW -> role = answeredRole(body);
            case Backend.NOTICE_RESPONSE, Backend.NEGOTIATE_PROTOCOL_VERSION -> {}
            default -> throw ProtocolException.violation("message '" + (char) tag + "' during login");
        }
    }

    /// The login is done, unless the server's role matters and was not told.
    private void ready(ChannelHandlerContext ctx) {
        if (!asksRole) {
            role = ServerRole.of(reported).orElse(null);
            if (role == null && settings.hosts().wanted() != WantedRole.ANY) {
                asksRole = true;
                var out = ctx.alloc().buffer(128);
                FrontendWriter.query(out, ROLE_QUERY);
                var _ = ctx.writeAndFlush(out);
                return;
            }
        }
        done = true;
        leave();
        steps.passed(ConnectPhase.STARTUP);
        outcome.loggedIn(ctx, new Welcome(pid, secret, reported, role, encryption));
    }

    private ServerRole answeredRole(ByteBuf body) throws ProtocolException {
        if (!asksRole || body.readableBytes() < 2 + 4 + 1 + 4 || body.readShort() != 2 || body.readInt() != 1) {
            throw ProtocolException.violation("unexpected row during login");
        }
        boolean inRecovery = body.readByte() == 't';
        int length = body.readInt();
        if (length != body.readableBytes()) {
            throw ProtocolException.violation("unexpected row during login");
        }
        return new ServerRole(inRecovery, length == 2);
    }

    private void authentication(ChannelHandlerContext ctx, ByteBuf body) throws AuthException, ProtocolException {
        if (computes) {
            throw ProtocolException.violation("authentication went on without an answer");
        }
        var labour = proof.labour(body);
        if (labour != null) {
            computes = true;
            crypto.execute(() -> compute(ctx, labour));
            return;
        }
        boolean accepted = body.readableBytes() == 4 && body.getInt(body.readerIndex()) == 0;
        var out = proof.answer(ctx.alloc(), body);
        if (accepted) {
            steps.passed(ConnectPhase.AUTH);
        }
        if (out != null) {
            var _ = ctx.writeAndFlush(out);
        }
    }

    /// On a thread for it.
    private void compute(ChannelHandlerContext ctx, ServerProof.Labour labour) {
        try {
            var result = labour.result();
            ctx.executor().execute(() -> computed(ctx, result));
        } catch (AuthException broken) {
            ctx.executor().execute(() -> fail(ctx, LoginFailure.refused(String.valueOf(broken.getMessage()))));
        }
    }

    private void computed(ChannelHandlerContext ctx, byte[] result) {
        computes = false;
        if (!done) {
            var _ = ctx.writeAndFlush(ServerProof.said(ctx.alloc(), result));
        }
    }

    /// PostgreSQL's refusal; its text goes to the client, the SQLSTATE decides whether another try may help.
    private void refused(ChannelHandlerContext ctx, ByteBuf body) {
        int from = body.readerIndex();
        int end = body.writerIndex();
        var state = ErrorFields.field(body, from, end, 'C');
        var message = ErrorFields.field(body, from, end, 'M');
        boolean clientsOwn = state.equals(SqlState.INVALID_CATALOG_NAME) || state.startsWith("22");
        fail(
                ctx,
                clientsOwn
                        ? LoginFailure.verbatim(PgError.fatal(state, message))
                        : LoginFailure.answered(
                                state, "server refused the login: " + message + " (SQLSTATE " + state + ")"));
    }

    private void fail(ChannelHandlerContext ctx, LoginFailure failure) {
        end(failure);
        var _ = ctx.close();
    }

    /// Connecting failed before this handler could see anything.
    void dialFailed(Throwable cause) {
        end(LoginFailure.ofConnect(cause));
    }

    /// It ended before the startup packet, or with it.
    void end(LoginFailure failure) {
        if (!done) {
            done = true;
            leave();
            outcome.failed(failure);
        }
    }

    private void leave() {
        var running = timeout;
        if (running != null) {
            running.cancel(false);
        }
        carry.release();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        fail(ctx, LoginFailure.lost("connection closed during login"));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (encryption.isOn() && cause instanceof DecoderException) {
            // such as its refusal of our certificate, which TLS 1.3 tells after the handshake
            fail(ctx, LoginFailure.insecure("TLS failed: " + PostgresTls.reason(cause)));
            return;
        }
        fail(ctx, LoginFailure.lost("connection lost during login: " + cause.getMessage()));
    }
}
