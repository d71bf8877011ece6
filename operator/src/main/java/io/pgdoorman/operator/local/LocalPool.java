package io.pgdoorman.operator.local;

import io.pgdoorman.operator.api.v1alpha1.Condition;
import io.pgdoorman.operator.api.v1alpha1.DatabaseSpec;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolStatus;
import io.pgdoorman.operator.child.StoredConfig.Rejection;
import io.pgdoorman.operator.observe.Observation;
import io.pgdoorman.operator.plan.Plan;
import io.pgdoorman.operator.plan.Planner;
import io.pgdoorman.operator.plan.Refusals;
import io.pgdoorman.operator.plan.Standing;
import io.pgdoorman.operator.plan.Step;
import io.pgdoorman.operator.podlink.PodLink;
import io.pgdoorman.operator.status.Reasons;
import io.pgdoorman.operator.status.StatusMaker;
import io.pgdoorman.operator.status.Transitions;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One DoormanPool: observe, plan and status are the cluster's own code; what it acts on is a shelf of objects and a
/// fleet of processes. Owned by the loop's thread.
final class LocalPool {

    /// What the status calls the image: there is none here.
    private static final String IMAGE = "this machine";

    /// A pooler that does not end this long after its drain timeout is killed.
    private static final Duration KILL_AFTER = Duration.ofSeconds(5);

    /// A settled pool is looked at once in this time.
    private static final Duration CALM = Duration.ofSeconds(1);

    private final Fleet fleet;
    private final Fleet.Tools tools;
    private final String adminPassword;
    private final int controlPort;
    private final Shelf shelf = new Shelf();
    private final Map<String, String> acknowledged = new HashMap<>();

    private DoormanPool pool;
    private Resolver.Resolved resolved;
    private List<String> manifestProblems = List.of();
    private @Nullable Rejection rejection;
    private String trouble = "";
    private boolean isRetired;
    private Instant nextLook;

    /// What stays the same over a pool's life.
    record Setting(Fleet fleet, Fleet.Tools tools, String adminPassword, int controlPort) {}

    LocalPool(Setting setting, DoormanPool pool, Resolver.Resolved resolved) {
        this.fleet = setting.fleet();
        this.tools = setting.tools();
        this.adminPassword = setting.adminPassword();
        this.controlPort = setting.controlPort();
        this.pool = pool;
        this.resolved = resolved;
        this.nextLook = tools.clock().instant();
    }

    DoormanPool pool() {
        return pool;
    }

    /// Takes a manifest that an API server would accept.
    void take(DoormanPool next, Resolver.Resolved now) {
        next.setStatus(pool.getStatus());
        pool = next;
        resolved = now;
        manifestProblems = List.of();
        isRetired = false;
        nextLook = tools.clock().instant();
    }

    /// A manifest that an API server would refuse changes nothing but what is told.
    void refuse(List<String> problems) {
        manifestProblems = problems;
    }

    /// Wants no process any more.
    void retire() {
        isRetired = true;
        nextLook = tools.clock().instant();
    }

    boolean isRetired() {
        return isRetired;
    }

    boolean isGone() {
        return isRetired && fleet.pods().isEmpty();
    }

    Duration drainTimeout() {
        return pool.getSpec().rollout().drain().longest();
    }

    void kill() {
        fleet.pods().forEach(Pod::kill);
    }

    /// One pass, unless the pool is settled and was looked at a moment ago.
    void tick() throws InterruptedException {
        if (tools.clock().instant().isBefore(nextLook) && !fleet.hasNews()) {
            return;
        }
        try {
            fleet.observe();
            if (!isRetired) {
                pass();
            }
            pursue();
            trouble = "";
        } catch (IOException e) {
            var text = e.getMessage() == null ? e.toString() : e.toString().replaceFirst("^[a-z.]*\\.", "");
            if (!text.equals(trouble)) {
                trouble = text;
                tools.says().accept(name() + ": " + text + "; trying again");
            }
        }
    }

    private void pass() throws IOException {
        var now = tools.clock().instant();
        var seen = new Observation(
                shelf.children(), fleet.views(), resolved.references(), adminPassword, Observation.Access.NONE);
        var plan = Planner.plan(
                pool, resolved.want(), seen, new Planner.Moment(now, Planner.Defaults.local(IMAGE), rejection));
        rejection = null;
        for (var step : plan.steps()) {
            act(step, plan);
        }
        acknowledge(plan);
        var before = pool.getStatus();
        var after = StatusMaker.make(
                pool, seen, plan, new StatusMaker.Circumstances(IMAGE, now, null, List.of(), List.of()));
        pool.setStatus(after);
        for (var happening : Transitions.between(before, after)) {
            if (happening.isWarning()) {
                tools.says().accept(name() + ": " + happening.reason() + ": " + happening.note());
            }
        }
        var isCalm = plan.again().compareTo(CALM) > 0 && rejection == null;
        nextLook = isCalm ? now.plus(CALM) : now;
    }

    private void act(Step step, Plan plan) throws IOException {
        switch (step) {
            case Step.Apply(var child) -> shelf.apply(child);
            case Step.Remove(var child) -> shelf.remove(child);
            case Step.Nudge(var pod, var _) -> refresh(fleet.pod(pod));
            case Step.Scale _, Step.Revoke _, Step.Expel _, Step.Grant _, Step.Hold _, Step.Allow _ ->
                throw new IllegalStateException("ClusterOnly lets neither autoscaling nor claims nor a budget in");
            case Step.Reload reload -> reload(reload, plan);
            case Step.Resize _, Step.Template _ ->
                throw new IllegalStateException("processes on a machine have no template and no size");
        }
    }

    private void refresh(Pod pod) throws IOException {
        var volume = shelf.volume();
        if (volume != null) {
            pod.refresh(volume);
        }
    }

    private void reload(Step.Reload step, Plan plan) {
        var volume = shelf.volume();
        if (volume == null) {
            return;
        }
        switch (fleet.pod(step.pod()).reload(volume, step.generation())) {
            case PodLink.Loaded _ -> {
                var behind = plan.situation().pods(Standing.Kind.BEHIND).size();
                var asked = plan.steps().stream()
                        .filter(other -> other instanceof Step.Reload)
                        .count();
                acknowledged(step.pod(), step.hash(), asked < behind ? " (canary)" : "");
            }
            case PodLink.Rejected rejected -> {
                if (Refusals.isFinal(rejected, volume.stored(), tools.clock().instant())) {
                    rejection = new Rejection(step.hash(), step.pod(), rejected.text());
                }
            }
            case PodLink.Stale _, PodLink.Fenced _, PodLink.Deposed _, PodLink.Silent _ -> {}
        }
    }

    /// Tells of pods that run what they should, once each; a pod that serves the good configuration gets it back on
    /// disk too, after it refused another.
    private void acknowledge(Plan plan) throws IOException {
        var stored = plan.situation().stored();
        if (stored == null) {
            return;
        }
        var hash = stored.current().hash();
        for (var standing : plan.situation().pods(Standing.Kind.IN_STEP)) {
            var pod = standing.pod();
            acknowledged(pod.name(), hash, "");
            if (!hash.equals(pod.toldHash())) {
                refresh(fleet.pod(pod.name()));
            }
        }
    }

    private void acknowledged(String pod, String hash, String how) {
        if (!hash.equals(acknowledged.put(pod, hash))) {
            tools.says().accept("%s: acknowledged config %s%s".formatted(pod, hash.substring(0, 8), how));
        }
    }

    private void pursue() throws IOException {
        var volume = shelf.volume();
        var revision = shelf.revision();
        if (volume == null || revision == null) {
            return;
        }
        var spec = pool.getSpec();
        var bootHash = volume.stored().current().bootHash();
        var template = new Fleet.Template(revision, bootHash, spec.port(), controlPort);
        var drain = drainTimeout();
        var replicas = isRetired ? 0 : spec.replicas();
        fleet.pursue(new FleetPlan.Goal(replicas, revision, drain, drain.plus(KILL_AFTER)), template, volume);
        var staying = fleet.staying();
        shelf.report(staying.size(), (int) staying.stream()
                .filter(pod -> pod.place().template().revision().equals(revision))
                .count());
        acknowledged
                .keySet()
                .retainAll(fleet.pods().stream().map(pod -> pod.place().name()).toList());
        if (fleet.pods().size() != replicas) {
            nextLook = tools.clock().instant();
        }
    }

    PoolView view() {
        var ready = fleet.staying().stream()
                .filter(pod -> pod.phase() == FleetPlan.Phase.READY)
                .map(pod -> pod.place().endpoint())
                .toList();
        var status = Optional.ofNullable(pool.getStatus());
        var generation = pool.getMetadata().getGeneration();
        var isReady = isTrue(Reasons.READY)
                && status.filter(s -> s.observedGeneration() == generation).isPresent();
        return new PoolView(
                name(),
                generation,
                pool.getSpec().poolMode().name(),
                pool.getSpec().databases().stream().map(DatabaseSpec::name).toList(),
                new PoolView.Count(
                        ready.size(),
                        status.map(s -> s.config().ackedPods()).orElse(0),
                        status.map(s -> s.config().totalPods()).orElse(0),
                        isRetired ? 0 : pool.getSpec().replicas(),
                        fleet.pods().size()),
                isReady,
                ready,
                problems());
    }

    StatusTable.Row row() {
        var view = view();
        var count = view.count();
        var since = Instant.parse(pool.getMetadata().getCreationTimestamp());
        return new StatusTable.Row(
                name(),
                view.isReady() ? "True" : "False",
                count.ready() + "/" + count.wanted(),
                count.acked() + "/" + count.serving(),
                view.mode(),
                Duration.between(since, tools.clock().instant()));
    }

    private List<String> problems() {
        var all = new ArrayList<>(manifestProblems);
        condition(Reasons.STALLED).map(Condition::message).ifPresent(all::add);
        if (!trouble.isEmpty()) {
            all.add(trouble);
        }
        return all;
    }

    private boolean isTrue(String type) {
        return condition(type).filter(Condition::isTrue).isPresent();
    }

    private Optional<Condition> condition(String type) {
        return Optional.ofNullable(pool.getStatus()).map(DoormanPoolStatus::conditions).stream()
                .flatMap(List::stream)
                .filter(condition -> condition.type().equals(type))
                .findFirst();
    }

    private String name() {
        return pool.getMetadata().getName();
    }
}
