package io.pgdoorman.operator.plan;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatusBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetSpec;
import io.pgdoorman.config.read.ConfigReader;
import io.pgdoorman.config.read.Format;
import io.pgdoorman.config.read.ReadResult;
import io.pgdoorman.operator.child.Names;
import io.pgdoorman.operator.child.StoredConfig;
import io.pgdoorman.operator.observe.PodView;
import io.pgdoorman.operator.podlink.PodLink.Silent;
import io.pgdoorman.operator.podlink.PodLink.State;
import io.pgdoorman.operator.podlink.PodLink.StateAnswer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The pods of a [Scene] with the controllers and kubelets around them, as mean as they may be: a pod holds all
/// connections that its configuration allows, and lets go of none before it must.
final class Deployed {

    /// A pod and what it holds.
    static final class Pod {
        private final String name;
        private final String template;
        private final String boot;
        private @Nullable String loaded;
        private int share;
        private int holds;
        private boolean isReady;
        private boolean isLeaving;
        private boolean isWaiting;
        private boolean isLost;
        private Instant heard = Instant.EPOCH;
        private Instant killed = Instant.MAX;
        private Duration patience = Duration.ZERO;

        private Pod(String name, String template, String boot) {
            this.name = name;
            this.template = template;
            this.boot = boot;
        }

        private void load(StoredConfig stored) {
            loaded = stored.current().hash();
            share = share(stored.current().text());
            if (!isWaiting) {
                holds = Math.max(holds, share);
            }
        }

        private void letIn() {
            isWaiting = false;
            holds = Math.max(holds, share);
        }

        private boolean isStaying() {
            return !isLeaving;
        }

        private PodView view() {
            var hash = loaded;
            var state = isWaiting ? "waiting" : isLeaving ? "draining" : "ready";
            StateAnswer answer = isLost
                    ? new Silent("no answer")
                    : hash == null ? null : new State("1", state, hash, 1, null, 0, 0, 0, holds, -1, Map.of());
            return new PodView(
                    name,
                    hash == null ? null : "10.0.0.1",
                    isReady && !isLeaving,
                    isLeaving,
                    boot,
                    hash,
                    null,
                    template,
                    null,
                    answer,
                    null);
        }

        @Override
        public String toString() {
            return name + "(" + holds + "/" + share + (isLeaving ? " leaves" : "") + (isWaiting ? " waits" : "")
                    + (isLost ? " lost" : "") + ")";
        }
    }

    /// Seconds that a kubelet lags behind.
    private static final int LATE = 30;

    private final Scene scene;
    private final Random random;
    private final List<Pod> pods = new ArrayList<>();
    private int made;
    private long generation;

    Deployed(Scene scene, Random random) {
        this.scene = scene;
        this.random = random;
    }

    int connections() {
        return pods.stream().mapToInt(pod -> pod.holds).sum();
    }

    List<Pod> pods() {
        return List.copyOf(pods);
    }

    private static int share(String text) {
        return switch (ConfigReader.parse(text, Format.YAML, "pgdoorman.yaml")) {
            case ReadResult.Valid valid ->
                valid.config().pools().values().stream()
                        .mapToInt(pool -> pool.cap().max())
                        .sum();
            case ReadResult.Invalid(var faults) -> throw new AssertionError(faults.toString());
        };
    }

    /// The operator looks; `between` happens after each of its steps.
    Plan operate(Runnable between) {
        show();
        var plan = scene.plan();
        var areHeld = hold(plan);
        for (var step : plan.steps()) {
            scene.apply(step);
            if (step instanceof Step.Grant grant && areHeld && chance(90)) {
                pods.stream()
                        .filter(pod ->
                                pod.name.equals(grant.pod()) && grant.hash().equals(pod.loaded))
                        .forEach(Pod::letIn);
            }
            if (step instanceof Step.Apply(Deployment child)) {
                child.getMetadata().setGeneration(++generation);
                child.setStatus(status(generation - 1, child));
            } else if (step instanceof Step.Reload reload) {
                pods.stream()
                        .filter(pod -> pod.name.equals(reload.pod()) && pod.isStaying() && chance(70))
                        .forEach(pod -> pod.load(scene.stored()));
            }
            between.run();
        }
        return plan;
    }

    /// Whether all that should wait still do.
    private boolean hold(Plan plan) {
        var areHeld = true;
        for (var step : plan.steps()) {
            if (step instanceof Step.Hold hold) {
                for (var pod : pods) {
                    if (pod.name.equals(hold.pod())) {
                        areHeld &= pod.isWaiting;
                        pod.heard = scene.now();
                    }
                }
            }
        }
        return areHeld;
    }

    private void show() {
        scene.noPods();
        pods.forEach(pod -> scene.pod(pod.view()));
    }

    boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    /// Something happens somewhere.
    void event() {
        switch (random.nextInt(9)) {
            case 0, 1, 2 -> control();
            case 3 -> start();
            case 4 -> ready();
            case 5 -> letGo();
            case 6 -> evict();
            case 7 -> delete();
            default -> later(Duration.ofSeconds(random.nextInt(90)));
        }
    }

    private void later(Duration duration) {
        scene.later(duration);
        var now = scene.now();
        pods.removeIf(pod -> !pod.isLost && !now.isBefore(pod.killed));
        pods.stream()
                .filter(pod -> pod.isWaiting && !now.isBefore(pod.heard.plus(pod.patience)))
                .forEach(Pod::letIn);
    }

    /// Whoever deletes or preempts a pod asks nobody.
    private void delete() {
        var alive = pods.stream().filter(Pod::isStaying).toList();
        if (!alive.isEmpty()) {
            leave(alive.get(random.nextInt(alive.size())));
        }
    }

    /// Its node answers no more: the pod is to go and may live for ever.
    void lose() {
        var alive = pods.stream()
                .filter(pod -> pod.isStaying() && pod.loaded != null)
                .toList();
        if (!alive.isEmpty()) {
            var lost = alive.get(random.nextInt(alive.size()));
            leave(lost);
            lost.isLost = true;
            lost.isWaiting = false;
        }
    }

    /// Lost nodes are dead.
    void bury() {
        pods.removeIf(pod -> pod.isLost);
    }

    /// Everybody does what there is to do.
    void calm() {
        control();
        start();
        ready();
        letGo();
        later(Duration.ofSeconds(5));
    }

    private @Nullable Deployment live() {
        return scene.children().deployment();
    }

    private static String template(Deployment live) {
        return Objects.requireNonNull(Names.annotation(live, Names.TEMPLATE_HASH));
    }

    private void control() {
        var live = live();
        if (live == null) {
            return;
        }
        var newest = template(live);
        var alive = pods.stream().filter(Pod::isStaying).toList();
        var young = alive.stream().filter(pod -> pod.template.equals(newest)).toList();
        var old = alive.stream().filter(pod -> !pod.template.equals(newest)).toList();
        var ready = alive.stream().filter(pod -> pod.isReady).count();
        var strategy = live.getSpec().getStrategy().getRollingUpdate();
        int replicas = live.getSpec().getReplicas();
        if (young.size() < replicas
                && alive.size() < replicas + strategy.getMaxSurge().getIntVal()) {
            pods.add(new Pod("p" + made++, newest, boot(live)));
        } else if (!old.isEmpty()
                && ready > replicas - strategy.getMaxUnavailable().getIntVal()) {
            leave(old.getFirst());
        } else if (young.size() > replicas) {
            leave(young.getLast());
        }
        live.setStatus(status(generation, live));
    }

    private static String boot(Deployment live) {
        return Objects.requireNonNull(
                live.getSpec().getTemplate().getMetadata().getAnnotations().get(Names.BOOT_HASH));
    }

    private io.fabric8.kubernetes.api.model.apps.DeploymentStatus status(long observed, Deployment live) {
        var alive = pods.stream().filter(Pod::isStaying).toList();
        return new DeploymentStatusBuilder()
                .withObservedGeneration(observed)
                .withReplicas(alive.size())
                .withUpdatedReplicas((int) alive.stream()
                        .filter(pod -> pod.template.equals(template(live)))
                        .count())
                .build();
    }

    private void leave(Pod pod) {
        if (pod.loaded == null) {
            pods.remove(pod);
        }
        pod.isLeaving = true;
        var grace =
                Objects.requireNonNull(live()).getSpec().getTemplate().getSpec().getTerminationGracePeriodSeconds();
        pod.killed = scene.now().plusSeconds(grace + random.nextInt(LATE));
    }

    /// A pod reads its file when it starts, not when it is made.
    private void start() {
        pods.stream().filter(pod -> pod.loaded == null).findFirst().ifPresent(pod -> {
            var patience = patience();
            pod.isWaiting = patience != null;
            pod.patience = patience == null ? Duration.ZERO : patience;
            pod.heard = scene.now();
            pod.load(scene.stored());
        });
    }

    private @Nullable Duration patience() {
        var meta = Objects.requireNonNull(scene.children().config()).getData().get("meta.json");
        var seconds = Pattern.compile("\"unattendedSeconds\":(\\d+)").matcher(meta);
        return seconds.find() ? Duration.ofSeconds(Long.parseLong(seconds.group(1))) : null;
    }

    private void ready() {
        pods.stream()
                .filter(pod -> pod.loaded != null && !pod.isReady && !pod.isWaiting && pod.isStaying())
                .findFirst()
                .ifPresent(pod -> pod.isReady = true);
    }

    private void letGo() {
        for (var pod : List.copyOf(pods)) {
            if (pod.isLost) {
                continue;
            }
            if (pod.isLeaving) {
                pod.holds -= random.nextInt(pod.holds + 1);
                if (pod.holds == 0) {
                    pods.remove(pod);
                }
            } else if (pod.holds > pod.share) {
                pod.holds -= 1 + random.nextInt(pod.holds - pod.share);
            }
        }
    }

    /// The API server's eviction: what the disruption budget forbids does not happen.
    private void evict() {
        var live = live();
        var budget = scene.children().budget();
        var ready = pods.stream().filter(pod -> pod.isStaying() && pod.isReady).toList();
        if (live == null || ready.isEmpty()) {
            return;
        }
        var least = budget == null ? 0 : least(budget.getSpec(), live.getSpec().getReplicas());
        if (ready.size() - 1 >= least) {
            leave(ready.get(random.nextInt(ready.size())));
        }
    }

    private static int least(PodDisruptionBudgetSpec budget, int replicas) {
        var least = budget.getMinAvailable();
        return least == null ? replicas - budget.getMaxUnavailable().getIntVal() : least.getIntVal();
    }
}
