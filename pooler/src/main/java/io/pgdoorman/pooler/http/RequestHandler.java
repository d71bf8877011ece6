package io.pgdoorman.pooler.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.pgdoorman.pooler.stats.WebStats;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Answers the requests of one connection, one after the other: what a peer pipelines waits, and while one is being
/// answered no more is read. Belongs to the connection's event loop.
final class RequestHandler extends SimpleChannelInboundHandler<FullHttpRequest> {

    /// What all connections of a server share.
    ///
    /// @param lateNanos how late a wrong password is answered
    record Desk(Routes routes, Supplier<AdminLogin> login, GuessBrake brake, long lateNanos, WebStats metrics) {}

    private static final Logger LOG = LoggerFactory.getLogger(RequestHandler.class);
    private static final int MOST_PIPELINED = 16;
    /// A header, as poolers that do not know it must not mind it.
    private static final String LEADER = "Doorman-Leader-Epoch";

    private static final String CHALLENGE = "Basic realm=\"doorman\", charset=\"UTF-8\"";

    private final Desk desk;
    private final RequestDeadline deadline;
    private final Queue<FullHttpRequest> later = new ArrayDeque<>();
    private boolean isBusy;
    private WebStats.Role role = WebStats.Role.ANONYMOUS;

    RequestHandler(Desk desk, RequestDeadline deadline) {
        this.desk = desk;
        this.deadline = deadline;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
        if (!isBusy) {
            begin(context, request);
        } else if (later.size() < MOST_PIPELINED) {
            later.add(request.retain());
        } else {
            var _ = context.close();
        }
    }

    private void begin(ChannelHandlerContext context, FullHttpRequest request) {
        isBusy = true;
        role = WebStats.Role.ANONYMOUS;
        context.channel().config().setAutoRead(false);
        deadline.met();
        var result = request.decoderResult();
        if (result.isFailure()) {
            send(context, Answer.error(statusOf(result), "request is no HTTP, or exceeds a limit"), false);
            return;
        }
        if (request.protocolVersion().majorVersion() != 1) {
            send(context, Answer.error(HttpResponseStatus.HTTP_VERSION_NOT_SUPPORTED, "expected HTTP/1.1"), false);
            return;
        }
        try {
            var target = new QueryStringDecoder(request.uri(), StandardCharsets.UTF_8);
            var body = request.content().toString(StandardCharsets.UTF_8);
            var accept = request.headers().get(HttpHeaderNames.ACCEPT);
            var leader = leader(request);
            route(context, request, target.path(), new Route.Request(target.parameters(), body, accept, leader));
        } catch (NumberFormatException _) {
            send(context, Answer.error(HttpResponseStatus.BAD_REQUEST, LEADER + ": expected a whole number"), false);
        } catch (IllegalArgumentException _) {
            send(context, Answer.error(HttpResponseStatus.BAD_REQUEST, "request target is not percent-encoded"), false);
        }
    }

    private static @Nullable Long leader(FullHttpRequest request) {
        var epoch = request.headers().get(LEADER);
        return epoch == null ? null : Long.valueOf(epoch);
    }

    private static HttpResponseStatus statusOf(DecoderResult failure) {
        return switch (failure.cause()) {
            case TooLongHttpHeaderException _ -> HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE;
            case TooLongHttpLineException _ -> HttpResponseStatus.REQUEST_URI_TOO_LONG;
            default -> HttpResponseStatus.BAD_REQUEST;
        };
    }

    private void route(ChannelHandlerContext context, FullHttpRequest http, String path, Route.Request request) {
        var keepsAlive = HttpUtil.isKeepAlive(http);
        var route = desk.routes().of(path);
        if (route == null) {
            send(context, Answer.error(HttpResponseStatus.NOT_FOUND, "no such path"), keepsAlive);
        } else if (!route.allows(http.method())) {
            var answer = Answer.error(HttpResponseStatus.METHOD_NOT_ALLOWED, "expected " + route.allowed());
            var response = responseOf(answer);
            response.headers().set(HttpHeaderNames.ALLOW, route.allowed());
            send(context, response, keepsAlive);
        } else if (isLetIn(context, route.guard(), http.headers().get(HttpHeaderNames.AUTHORIZATION))) {
            answer(context, route, request, keepsAlive);
        }
    }

    /// Whether who asks may; if not, the refusal is on its way.
    private boolean isLetIn(ChannelHandlerContext context, Route.Guard guard, @Nullable String authorization) {
        var login = desk.login().get();
        if (guard == Route.Guard.OPEN || (guard == Route.Guard.METRICS && login.metricsToken() == null)) {
            return true;
        }
        if (authorization == null) {
            desk.metrics().refused(WebStats.Source.NONE);
            send(context, unauthorized(), false);
            return false;
        }
        var address = addressOf(context);
        if (desk.brake().isOn(address)) {
            send(context, Answer.error(HttpResponseStatus.TOO_MANY_REQUESTS, "too many wrong passwords"), false);
            return false;
        }
        if (login.isIn(authorization)) {
            role = WebStats.Role.ADMIN;
            return true;
        }
        if (guard == Route.Guard.METRICS && login.hasToken(authorization)) {
            role = WebStats.Role.SCRAPER;
            return true;
        }
        refuseLate(context, address, authorization);
        return false;
    }

    private void refuseLate(ChannelHandlerContext context, InetAddress address, String authorization) {
        desk.metrics().refused(AdminLogin.isBearer(authorization) ? WebStats.Source.BEARER : WebStats.Source.BASIC);
        desk.brake().guessed(address);
        LOG.atWarn().addKeyValue("client", address.getHostAddress()).log("wrong password or token at control server");
        // Whoever closes, or is closed for others, before the answer has guessed all the same.
        var _ = context.executor()
                .schedule(
                        () -> {
                            desk.brake().answered(address);
                            if (context.channel().isActive()) {
                                send(context, unauthorized(), false);
                            }
                        },
                        desk.lateNanos(),
                        TimeUnit.NANOSECONDS);
    }

    private static InetAddress addressOf(ChannelHandlerContext context) {
        return context.channel().remoteAddress() instanceof InetSocketAddress remote && remote.getAddress() != null
                ? remote.getAddress()
                : InetAddress.getLoopbackAddress();
    }

    private static DefaultFullHttpResponse unauthorized() {
        var response = responseOf(Answer.error(HttpResponseStatus.UNAUTHORIZED, "login wanted"));
        response.headers().set(HttpHeaderNames.WWW_AUTHENTICATE, CHALLENGE);
        return response;
    }

    private void answer(ChannelHandlerContext context, Route route, Route.Request request, boolean keepsAlive) {
        if (route.guard() == Route.Guard.ADMIN) {
            deadline.order();
        }
        CompletionStage<Answer> answering;
        try {
            answering = route.responder().answer(request);
        } catch (RuntimeException e) {
            fail(context, e);
            return;
        }
        var _ = answering.whenCompleteAsync(
                (answer, failure) -> {
                    if (failure == null) {
                        send(context, answer, keepsAlive);
                    } else {
                        fail(context, failure);
                    }
                },
                context.executor());
    }

    private void fail(ChannelHandlerContext context, Throwable failure) {
        LOG.atError().setCause(failure).log("control request failed");
        send(context, Answer.error(HttpResponseStatus.INTERNAL_SERVER_ERROR, "failed; the log tells why"), false);
    }

    private void send(ChannelHandlerContext context, Answer answer, boolean keepsAlive) {
        send(context, responseOf(answer), keepsAlive);
    }

    private void send(ChannelHandlerContext context, DefaultFullHttpResponse response, boolean keepsAlive) {
        var connection = keepsAlive ? HttpHeaderValues.KEEP_ALIVE : HttpHeaderValues.CLOSE;
        response.headers().set(HttpHeaderNames.CONNECTION, connection);
        desk.metrics().answered(role, response.status().code());
        var written = context.writeAndFlush(response);
        if (!keepsAlive) {
            written.addListener(_ -> deadline.leave(context));
            return;
        }
        written.addListener(done -> {
            if (done.isSuccess()) {
                context.executor().execute(() -> next(context));
            } else {
                var _ = context.close();
            }
        });
    }

    private void next(ChannelHandlerContext context) {
        isBusy = false;
        var request = later.poll();
        if (request == null) {
            deadline.answered(context);
            context.channel().config().setAutoRead(true);
            return;
        }
        try {
            begin(context, request);
        } finally {
            request.release();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        later.forEach(FullHttpRequest::release);
        later.clear();
    }

    private static DefaultFullHttpResponse responseOf(Answer answer) {
        var response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, answer.status(), answer.body());
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, answer.contentType())
                .set(HttpHeaderNames.CONTENT_LENGTH, answer.body().readableBytes())
                .set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE);
        return response;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof RuntimeException) {
            LOG.atError().setCause(cause).log("control connection failed");
        } else {
            LOG.atDebug().setCause(cause).log("control connection lost");
        }
        var _ = context.close();
    }
}
