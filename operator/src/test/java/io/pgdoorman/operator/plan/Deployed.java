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
import io.pgdoorman.operator.podlink.PodLink.Load;
import io.pgdoorman.operator.podlink.PodLink.Servers;
import io.pgdoorman.operator.podlink.PodLink.Silent;
import io.pgdoorman.operator.podlink.PodLink.State;
import io.pgdoorman.operator.podlink.PodLink.StateAnswer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
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
        private final boolean isOlder;
        private int share;
        private int holds;

        /// By order; null for the share.
        private @Nullable Integer allowed;

        private @Nullable Integer noted;
        private int needs;
        private boolean isShort;
        private boolean isReady;
        private boolean isLeaving;
        private boolean isWaiting;
        private boolean isLost;
        private Instant heard = Instant.EPOCH;
        private Instant killed = Instant.MAX;
        private Duration patience = Duration.ZERO;

        private Pod(String name, String template, String boot, boolean isOlder) {
            this.name = name;
            this.template = template;
            this.boot = boot;
            this.isOlder = isOlder;
        }

        private int most() {
            return allowed == null ? share : allowed;
        }

        private void load(StoredConfig stored) {
            loaded = stored.current().hash();
            var before = share;
            share = share(stored.current().text());
            if (share != before) {
                forgetWhatIsMore();
            }
            takeAll();
        }

        private void forgetWhatIsMore() {
            allowed = allowed == null || allowed >= share ? null : allowed;
        }

        private void takeAll() {
            if (!isWaiting) {
                holds = Math.max(holds, most());
            }
        }

        private void letIn() {
            isWaiting = false;
            takeAll();
        }

        private void enter(int unattended) {
            allowed = isOlder ? null : unattended;
            forgetWhatIsMore();
            letIn();
        }

        /// Its container is started again and reads what is stored.
        private void restart(StoredConfig stored) {
            holds = 0;
            load(stored);
            forgetWhatIsMore();
            holds = 0;
            takeAll();
        }

        private void allow(Step.Allow order) {
            if (!isLost && order.hash().equals(loaded)) {
                allowed = order.databases() == null ? null : order.connections();
                takeAll();
            }
        }

        private boolean isStaying() {
            return !isLeaving;
        }

        private PodView view() {
            var hash = loaded;
            var state = isWaiting ? "waiting" : isLeaving ? "draining" : "ready";
            StateAnswer answer = isLost ? new Silent("no answer") : hash == null ? null : state(state, hash);
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
                    null,
                    noted);
        }

        private State state(String state, String hash) {
            var older = new State("1", state, hash, 1, null, new Load(0, 0, 0, holds, -1), Map.of());
            return isOlder ? older : older.with(new Servers(most(), share, holds, needs, isShort ? 1 : 0, 0));
        }

        @Override
        public String toString() {
            return name + "(" + holds + "/" + share + (allowed == null ? "" : " has " + allowed)
                    + (noted == null ? "" : " noted " + noted) + (isLeaving ? " leaves" : "")
                    + (isWaiting ? " waits" : "")
                    + (isLost ? " lost" : "") + ")";
        }
    }

    /// Of a pooler that can be told nothing.
    private static final String OLDER = "pooler:3";

    /// Seconds that a kubelet lags behind.
    private static final int LATE = 30;

    private final Scene scene;
    private final Random random;
    private final List<Pod> pods = new ArrayList<>();
    private boolean isMortal;
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
        for (var step : inOrder(plan)) {
            if (isMortal && chance(3)) {
                break; // the operator is killed; another one looks anew
            }
            scene.apply(step);
            if (step instanceof Step.Allow allow) {
                allow(allow);
            }
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

    /// As the operator does them.
    private static List<Step> inOrder(Plan plan) {
        return plan.steps().stream()
                .sorted(Comparator.comparingInt(step -> switch (step) {
                    case Step.Allow _ -> 1;
                    case Step.Reload _ -> 2;
                    default -> 0;
                }))
                .toList();
    }

    /// Operators that may be killed at any step.
    Deployed mortal() {
        isMortal = true;
        return this;
    }

    /// What is more is noted first, what is less when the pod has said that it is. Orders are lost on the way, and
    /// answers on the way back.
    private void allow(Step.Allow order) {
        var note = order.note();
        for (var pod : pods) {
            if (!pod.name.equals(order.pod())) {
                continue;
            }
            if (order.isNotedFirst()) {
                pod.noted = note;
                if (chance(5)) {
                    continue;
                }
            }
            var isHeard = chance(90);
            if (isHeard) {
                pod.allow(order);
            }
            if (!order.isNotedFirst() && isHeard && !pod.isLost && order.hash().equals(pod.loaded) && chance(90)) {
                pod.noted = note;
            }
        }
    }

    /// Clients come and go.
    void demand() {
        for (var pod : pods) {
            if (chance(20)) {
                pod.isShort = chance(50);
                pod.needs = random.nextInt(pod.most() + 1);
            }
        }
    }

    /// There are no clients.
    void still() {
        for (var pod : pods) {
            pod.isShort = false;
            pod.needs = 0;
        }
    }

    /// What all hold beyond what they would where all had the same; nothing is told of it while pods come, go or load.
    int excess() {
        var shares = pods.stream().map(pod -> pod.share).distinct().toList();
        var isSettled = pods.stream().allMatch(pod -> pod.isStaying() && !pod.isWaiting && pod.loaded != null);
        return isSettled && shares.size() == 1 ? connections() - pods.size() * shares.getFirst() : 0;
    }

    /// Whether all have the same.
    boolean isEven() {
        return pods.stream().allMatch(pod -> pod.allowed == null);
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
        if (isMortal) {
            demand();
            if (chance(5)) {
                restart();
            }
        }
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

    private void restart() {
        var alive = pods.stream()
                .filter(pod -> pod.loaded != null && pod.isStaying() && !pod.isWaiting)
                .toList();
        if (!alive.isEmpty()) {
            alive.get(random.nextInt(alive.size())).restart(scene.stored());
        }
    }

    private void later(Duration duration) {
        scene.later(duration);
        var now = scene.now();
        pods.removeIf(pod -> !pod.isLost && !now.isBefore(pod.killed));
        pods.stream()
                .filter(pod -> pod.isWaiting && !now.isBefore(pod.heard.plus(pod.patience)))
                .forEach(pod -> pod.enter(number("unattendedConnections").orElse(pod.share)));
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
            pods.add(new Pod("p" + made++, newest, boot(live), scene.image().equals(OLDER)));
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
        return number("unattendedSeconds").map(Duration::ofSeconds).orElse(null);
    }

    private Optional<Integer> number(String name) {
        var meta = Objects.requireNonNull(scene.children().config()).getData().get("meta.json");
        var number = Pattern.compile("\"" + name + "\":(\\d+)").matcher(meta);
        return number.find() ? Optional.of(Integer.valueOf(number.group(1))) : Optional.empty();
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
            } else if (pod.holds > pod.most()) {
                pod.holds -= 1 + random.nextInt(pod.holds - pod.most());
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
