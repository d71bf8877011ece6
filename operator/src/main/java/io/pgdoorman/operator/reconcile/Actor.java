package io.pgdoorman.operator.reconcile;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.SpecRules;
import io.pgdoorman.operator.child.Names;
import io.pgdoorman.operator.child.StoredConfig;
import io.pgdoorman.operator.child.StoredConfig.Rejection;
import io.pgdoorman.operator.plan.Plan;
import io.pgdoorman.operator.plan.Refusals;
import io.pgdoorman.operator.plan.Step;
import io.pgdoorman.operator.podlink.PodLink;
import io.pgdoorman.operator.podlink.PodLink.ReloadAnswer;
import io.pgdoorman.operator.podlink.PodLink.Silent;
import io.pgdoorman.operator.render.Place;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Does the steps of a plan: objects in their order, then what is told to pods, side by side.
final class Actor {

    private static final Logger LOG = LoggerFactory.getLogger(Actor.class);

    private static final int UNPROCESSABLE = 422;

    /// The way to pods, and who is told when one of them knows a newer leader than us.
    record Pods(PodLink link, LongConsumer doubt) {}

    /// Applies as ourselves and takes back fields that others took from us.
    static final PatchContext APPLY = new PatchContext.Builder()
            .withPatchType(PatchType.SERVER_SIDE_APPLY)
            .withFieldManager(Names.FIELD_MANAGER)
            .withForce(true)
            .build();

    private static final int WRITES_AT_ONCE = 8;

    private final KubernetesClient client;
    private final PodLink link;
    private final LongConsumer doubt;
    private final Clock clock;
    private final Meters meters;
    private final Sizes sizes;

    /// Older poolers that were told of.
    private final Set<String> olderPods = Collections.synchronizedSet(Lately.names());

    Actor(KubernetesClient client, Pods pods, Clock clock, Meters meters) {
        this.client = client;
        this.link = pods.link();
        this.doubt = pods.doubt();
        this.clock = clock;
        this.meters = meters;
        this.sizes = new Sizes(client, meters);
    }

    /// What came of it.
    ///
    /// @param rejection of a pod, if there was one
    /// @param unresizable why a pod could not get another size while it runs, if one could not
    record Done(
            @Nullable Rejection rejection,
            Refused refused,
            @Nullable String unresizable) {}

    /// Acts; an object that the API server refuses keeps no other from being applied.
    Done act(DoormanPool pool, Plan plan, String adminPassword) {
        var refused = new Refused.Collector();
        String unresizable = null;
        for (var step : plan.steps()) {
            switch (step) {
                case Step.Apply(var child) -> apply(pool, child).ifPresent(why -> refused.add(child, why));
                case Step.Remove(var child) -> remove(pool, child);
                case Step.Scale(var replicas) -> scale(pool, replicas);
                case Step.Resize resize ->
                    unresizable = sizes.resize(pool, resize).orElse(unresizable);
                case Step.Template template ->
                    unresizable = sizes.make(pool, template).orElse(unresizable);
                case Step.Nudge _,
                        Step.Reload _,
                        Step.Revoke _,
                        Step.Expel _,
                        Step.Grant _,
                        Step.Hold _,
                        Step.Allow _ -> {}
            }
        }
        revoke(pool, steps(plan, Step.Revoke.class), adminPassword);
        expel(pool, steps(plan, Step.Expel.class), adminPassword);
        letIn(pool, plan, adminPassword);
        allow(pool, steps(plan, Step.Allow.class), adminPassword);
        nudge(pool, steps(plan, Step.Nudge.class));
        var reloads = steps(plan, Step.Reload.class);
        var stored = plan.situation().stored();
        var rejection = reloads.isEmpty() || stored == null ? null : reload(pool, reloads, stored, adminPassword);
        return new Done(rejection, refused.all(), unresizable);
    }

    private static <S extends Step> List<S> steps(Plan plan, Class<S> kind) {
        return plan.steps().stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    /// Answers why the API server would not have it.
    private Optional<String> apply(DoormanPool pool, HasMetadata child) {
        try {
            client.resource(child)
                    .inNamespace(child.getMetadata().getNamespace())
                    .patch(APPLY);
        } catch (KubernetesClientException e) {
            if (!isAboutTheObject(e)) {
                throw e;
            }
            var why = e.getStatus() == null ? e.getMessage() : e.getStatus().getMessage();
            return Optional.of("the API server refuses it: " + why);
        }
        meters.wrote(child.getKind());
        LOG.atInfo()
                .addKeyValue("pool", pool.key())
                .addKeyValue(
                        "reason", child.getKind() + " " + child.getMetadata().getName())
                .log("object applied");
        return Optional.empty();
    }

    /// Values that only the API server can judge, as a label of a node or a field in `podTemplate`; a field that it
    /// does not know is an error 500 to server-side apply. Forbidden is what a quota or a webhook of a namespace is
    /// against: that of a claim must not keep the pool's pods from being told.
    private static boolean isAboutTheObject(KubernetesClientException e) {
        return e.getCode() == UNPROCESSABLE
                || e.getCode() == HttpURLConnection.HTTP_FORBIDDEN
                || e.getCode() == HttpURLConnection.HTTP_BAD_REQUEST
                || (e.getCode() == HttpURLConnection.HTTP_INTERNAL_ERROR
                        && String.valueOf(e.getMessage()).contains("failed to create typed patch object"));
    }

    private void remove(DoormanPool pool, HasMetadata child) {
        client.resource(child).inNamespace(child.getMetadata().getNamespace()).delete();
        meters.wrote(child.getKind());
        LOG.atInfo()
                .addKeyValue("pool", pool.key())
                .addKeyValue(
                        "reason", child.getKind() + " " + child.getMetadata().getName())
                .log("object removed");
    }

    /// As an autoscaler does it: the manager of the spec keeps the rest.
    private void scale(DoormanPool pool, int replicas) {
        client.resources(DoormanPool.class)
                .inNamespace(pool.getMetadata().getNamespace())
                .withName(pool.getMetadata().getName())
                .subresource("scale")
                .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"replicas\":" + replicas + "}}");
        meters.wrote("Scale");
    }

    /// One after the other, a hundred pods would wait for seconds; all at once, the API server would.
    private void nudge(DoormanPool pool, List<Step.Nudge> nudges) {
        try (var threads = Executors.newFixedThreadPool(
                WRITES_AT_ONCE, Thread.ofVirtual().name("nudge-", 0).factory())) {
            threads.invokeAll(nudges.stream()
                            .<Callable<Boolean>>map(nudge -> () -> nudge(pool, nudge))
                            .toList())
                    .forEach(Actor::done);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while pods were nudged", e);
        }
    }

    private boolean nudge(DoormanPool pool, Step.Nudge nudge) {
        return annotate(pool, nudge.pod(), Names.CONFIG_HASH, nudge.hash());
    }

    /// Answers whether the pod is still there.
    ///
    /// @param value null for none
    private boolean annotate(DoormanPool pool, String pod, String name, @Nullable String value) {
        var patch = "{\"metadata\":{\"annotations\":{\"" + name + "\":" + (value == null ? "null" : "\"" + value + "\"")
                + "}}}";
        try {
            client.pods()
                    .inNamespace(pool.getMetadata().getNamespace())
                    .withName(pod)
                    .patch(PatchContext.of(PatchType.JSON_MERGE), patch);
            meters.wrote("Pod");
            return true;
        } catch (KubernetesClientException e) {
            if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
                return false;
            }
            throw e;
        }
    }

    private void revoke(DoormanPool pool, List<Step.Revoke> orders, String password) {
        var _ = order(
                pool,
                orders.stream()
                        .map(order -> new Order(
                                order.pod(),
                                "revoked",
                                () -> link.revoke(address(order.ip(), password), order.users())))
                        .toList());
    }

    /// Looks again and again, and tells what it ends; that the pooler is older it tells once.
    private void expel(DoormanPool pool, List<Step.Expel> orders, String password) {
        var _ = order(
                pool,
                orders.stream()
                        .map(order -> new Order(order.pod(), "", () -> expel(pool, order, password)))
                        .toList());
    }

    private @Nullable Silent expel(DoormanPool pool, Step.Expel order, String password) {
        var expelled = link.expel(address(order.ip(), password), order.users());
        var isFirst = olderPods.add(pool.key() + "/" + order.pod());
        if (isFirst) {
            tell(pool, order.pod(), "", "older: cannot revoke " + order.users() + ", loses those of them who are idle");
        }
        if (expelled.ended() > 0) {
            tell(pool, order.pod(), "", "ended " + expelled.ended() + " idle sessions of " + order.users());
        }
        return isFirst ? expelled.silent() : null;
    }

    /// Who waits has to hear that it does before others are let in.
    private void letIn(DoormanPool pool, Plan plan, String password) {
        var isSure = order(
                pool,
                steps(plan, Step.Hold.class).stream()
                        .map(hold -> new Order(hold.pod(), "", () -> link.hold(address(hold.ip(), password))))
                        .toList());
        if (isSure) {
            var _ = order(
                    pool,
                    steps(plan, Step.Grant.class).stream()
                            .map(grant -> new Order(
                                    grant.pod(),
                                    "granted",
                                    () -> link.grant(address(grant.ip(), password), grant.hash())))
                            .toList());
        }
    }

    private void allow(DoormanPool pool, List<Step.Allow> orders, String password) {
        var _ = order(
                pool,
                orders.stream()
                        .map(order -> new Order(
                                order.pod(),
                                "allowed " + order.connections() + " connections",
                                () -> allow(pool, order, password)))
                        .toList());
    }

    /// What a pod may have is never more than what is noted of it.
    private @Nullable Silent allow(DoormanPool pool, Step.Allow order, String password) {
        var note = order.note();
        var text = note == null ? null : note.toString();
        if (order.isNotedFirst() && !annotate(pool, order.pod(), Names.ALLOWED, text)) {
            return new Silent("the pod is gone");
        }
        var silent = link.allow(address(order.ip(), password), order.hash(), order.databases());
        if (silent == null && !order.isNotedFirst() && !Objects.equals(note, order.noted())) {
            var _ = annotate(pool, order.pod(), Names.ALLOWED, text);
        }
        return silent;
    }

    /// Something that a pod is to do.
    ///
    /// @param done what is told of it, nothing where it is repeated
    private record Order(String pod, String done, Callable<@Nullable Silent> order) {}

    /// Answers whether all do it.
    private boolean order(DoormanPool pool, List<Order> orders) {
        var asks = orders.stream()
                .<Callable<Boolean>>map(order -> () -> {
                    var silent = order.order().call();
                    if (silent != null || !order.done().isEmpty()) {
                        tell(pool, order.pod(), "", silent == null ? order.done() : "silent: " + silent.reason());
                    }
                    return silent == null;
                })
                .toList();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            return threads.invokeAll(asks).stream().map(Actor::done).toList().stream()
                    .allMatch(isDone -> isDone);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while pods were given orders", e);
        }
    }

    private static PodLink.Address address(String ip, String password) {
        return new PodLink.Address(ip, Place.POD_WEB_PORT, SpecRules.ADMIN_USER, password);
    }

    private record Answered(Step.Reload reload, ReloadAnswer answer) {}

    private @Nullable Rejection reload(
            DoormanPool pool, List<Step.Reload> reloads, StoredConfig stored, String password) {
        var asks = reloads.stream()
                .<Callable<Answered>>map(reload -> () -> new Answered(
                        reload, link.reload(address(reload.ip(), password), reload.hash(), reload.generation())))
                .toList();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            return threads.invokeAll(asks).stream()
                    .map(Actor::done)
                    .map(answered -> judge(pool, answered, stored))
                    .filter(Objects::nonNull)
                    .findFirst()
                    .orElse(null);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while pods loaded their configuration", e);
        }
    }

    private static <T> T done(Future<T> ask) {
        try {
            return ask.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a pod could not be told", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while pods loaded their configuration", e);
        }
    }

    private @Nullable Rejection judge(DoormanPool pool, Answered answered, StoredConfig stored) {
        var pod = answered.reload().pod();
        var hash = answered.reload().hash();
        return switch (answered.answer()) {
            case PodLink.Loaded _ -> {
                tell(pool, pod, hash, "loaded");
                yield null;
            }
            case PodLink.Stale _ -> {
                meters.reloadAnswered("stale");
                yield null;
            }
            case PodLink.Fenced(var generation) -> {
                tell(pool, pod, hash, "fenced by generation " + generation);
                yield null;
            }
            case PodLink.Deposed(var epoch) -> {
                tell(pool, pod, hash, "deposed by leader " + epoch);
                doubt.accept(epoch);
                yield null;
            }
            case PodLink.Silent(var reason) -> {
                tell(pool, pod, hash, "silent: " + reason);
                yield null;
            }
            case PodLink.Rejected rejected -> {
                tell(pool, pod, hash, "rejected: " + rejected.text());
                yield Refusals.isFinal(rejected, stored, clock.instant())
                        ? new Rejection(hash, pod, rejected.text())
                        : null;
            }
        };
    }

    private void tell(DoormanPool pool, String pod, String hash, String answer) {
        var word = answer.contains(" ") || answer.contains(":") ? answer.split("[: ]", 2)[0] : answer;
        meters.reloadAnswered(word);
        LOG.atInfo()
                .addKeyValue("pool", pool.key())
                .addKeyValue("pod", pod)
                .addKeyValue("hash", hash)
                .addKeyValue("reason", answer)
                .log("pod answered");
    }
}
