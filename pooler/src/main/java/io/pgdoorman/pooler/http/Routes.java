package io.pgdoorman.pooler.http;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// All paths of the control server and what they answer.
final class Routes {

    private final ControlActions actions;
    private final MetricsPage metrics;
    private final Map<String, Route> byPath;

    /// @param metricsThread makes pages that may be long: of metrics, and of the console
    Routes(ControlActions actions, MetricsPage metrics, Executor metricsThread) {
        this.actions = actions;
        this.metrics = metrics;
        var routes = new HashMap<>(Map.of(
                "/metrics",
                        new Route(
                                HttpMethod.GET,
                                Route.Guard.METRICS,
                                request -> CompletableFuture.supplyAsync(
                                        () -> metrics(MetricsPage.Format.of(request.accept())), metricsThread)),
                "/healthz", open(_ -> done(probe(Probe.ALIVE))),
                "/readyz", open(_ -> done(probe(Probe.READY))),
                "/startupz", open(_ -> done(probe(Probe.STARTED))),
                "/api/admin/state",
                        new Route(HttpMethod.GET, Route.Guard.ADMIN, request -> done(state(request.leader()))),
                "/api/admin/reload", admin(request -> reload(request.body())),
                "/api/admin/console", admin(request -> console(request.body(), metricsThread)),
                "/api/admin/drain", admin(_ -> done(drain())),
                "/api/admin/pause", admin(request -> paused(request, actions.pause(request.parameter("db")))),
                "/api/admin/resume", admin(request -> paused(request, actions.resume(request.parameter("db"))))));
        routes.put("/api/admin/revoke", admin(request -> revoke(request.body())));
        routes.put("/api/admin/grant", admin(request -> grant(request.body())));
        routes.put("/api/admin/hold", admin(_ -> done(hold())));
        routes.put("/api/admin/allow", admin(request -> allow(request.body())));
        this.byPath = Map.copyOf(routes);
    }

    @Nullable
    Route of(String path) {
        return byPath.get(path);
    }

    private static Route open(Route.Responder responder) {
        return new Route(HttpMethod.GET, Route.Guard.OPEN, responder);
    }

    /// An order: not that of a leader whom another one has followed.
    private Route admin(Route.Responder responder) {
        return new Route(HttpMethod.POST, Route.Guard.ADMIN, request -> {
            var newer = actions.newerLeader(request.leader());
            return newer == null
                    ? responder.answer(request)
                    : done(Answer.json(HttpResponseStatus.PRECONDITION_FAILED, JsonText.ofDeposed(newer)));
        });
    }

    private Answer metrics(MetricsPage.Format format) {
        return new Answer(HttpResponseStatus.OK, format.contentType(), metrics.render(format));
    }

    private Answer probe(Probe probe) {
        var objections = actions.objections(probe);
        var status = objections.isEmpty() ? HttpResponseStatus.OK : HttpResponseStatus.SERVICE_UNAVAILABLE;
        return Answer.json(status, JsonText.ofObjections(objections));
    }

    /// A leader makes itself heard by its first look at a pod; whoever looks may do so.
    private Answer state(@Nullable Long leader) {
        var _ = actions.newerLeader(leader);
        return Answer.json(HttpResponseStatus.OK, JsonText.of(actions.state()));
    }

    private Answer drain() {
        actions.drain();
        return Answer.json(HttpResponseStatus.ACCEPTED, JsonText.ofField("state", "draining"));
    }

    private CompletionStage<Answer> reload(String body) {
        return switch (ReloadBody.parse(body)) {
            case ReloadBody.Unreadable(var reason) -> done(Answer.error(HttpResponseStatus.BAD_REQUEST, reason));
            case ReloadBody.Understood(var request) ->
                actions.reload(request).thenApply(answer -> Answer.json(statusOf(answer), JsonText.of(answer)));
        };
    }

    private CompletionStage<Answer> grant(String body) {
        return switch (ReloadBody.parse(body)) {
            case ReloadBody.Unreadable(var reason) -> done(Answer.error(HttpResponseStatus.BAD_REQUEST, reason));
            case ReloadBody.Understood(var request) ->
                actions.grant(request.hash())
                        .thenApply(isDone -> isDone
                                ? Answer.json(HttpResponseStatus.OK, JsonText.ofField("state", "granted"))
                                : Answer.error(HttpResponseStatus.CONFLICT, "hash: another configuration is live"));
        };
    }

    private Answer hold() {
        return actions.hold()
                ? Answer.json(HttpResponseStatus.OK, JsonText.ofField("state", "waiting"))
                : Answer.error(HttpResponseStatus.CONFLICT, "this pooler has its share already");
    }

    private CompletionStage<Answer> allow(String body) {
        return switch (AllowBody.parse(body)) {
            case AllowBody.Unreadable(var reason) -> done(Answer.error(HttpResponseStatus.BAD_REQUEST, reason));
            case AllowBody.Understood(var request) ->
                actions.allow(request).thenApply(answer -> switch (answer) {
                    case AllowAnswer.Allowed(var connections) ->
                        Answer.json(HttpResponseStatus.OK, JsonText.ofField("connections", connections));
                    case AllowAnswer.Refused(var reason) -> Answer.error(HttpResponseStatus.CONFLICT, reason);
                    case AllowAnswer.Forgetful(var reason) ->
                        Answer.error(
                                HttpResponseStatus.INSUFFICIENT_STORAGE,
                                "this could not be remembered for a restart: " + reason);
                });
        };
    }

    private CompletionStage<Answer> revoke(String body) {
        return switch (RevokeBody.parse(body)) {
            case RevokeBody.Unreadable(var reason) -> done(Answer.error(HttpResponseStatus.BAD_REQUEST, reason));
            case RevokeBody.Understood(var users) ->
                actions.revoke(users).thenApply(answer -> Answer.json(statusOf(answer), JsonText.of(answer)));
        };
    }

    private CompletionStage<Answer> console(String command, Executor thread) {
        var asked = CompletableFuture.supplyAsync(() -> actions.console(command), thread);
        return asked.thenCompose(reply -> reply)
                .thenApplyAsync(
                        reply -> switch (reply) {
                            case ConsoleReply.Failed(var message) ->
                                Answer.error(HttpResponseStatus.UNPROCESSABLE_ENTITY, message);
                            case ConsoleReply.Table table -> Answer.json(HttpResponseStatus.OK, JsonText.of(table));
                            case ConsoleReply.Done(var tag) ->
                                Answer.json(HttpResponseStatus.OK, JsonText.ofField("tag", tag));
                        },
                        thread);
    }

    private static HttpResponseStatus statusOf(ReloadAnswer answer) {
        return switch (answer) {
            case ReloadAnswer.Applied _, ReloadAnswer.Unchanged _ -> HttpResponseStatus.OK;
            case ReloadAnswer.Stale _ -> HttpResponseStatus.CONFLICT;
            case ReloadAnswer.Fenced _ -> HttpResponseStatus.PRECONDITION_FAILED;
            case ReloadAnswer.Rejected _ -> HttpResponseStatus.UNPROCESSABLE_ENTITY;
        };
    }

    private static CompletionStage<Answer> paused(Route.Request request, CompletionStage<Integer> pools) {
        var database = request.parameter("db");
        return pools.thenApply(count -> count == 0 && database != null
                ? Answer.error(HttpResponseStatus.NOT_FOUND, "db: no pool of database \"" + database + "\"")
                : Answer.json(HttpResponseStatus.OK, JsonText.ofField("pools", count)));
    }

    private static CompletionStage<Answer> done(Answer answer) {
        return CompletableFuture.completedFuture(answer);
    }
}
