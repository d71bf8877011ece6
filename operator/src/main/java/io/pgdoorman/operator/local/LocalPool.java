package io.pgdoorman.operator.local;

import io.pgdoorman.operator.local.FleetPlan.Goal;
import io.pgdoorman.operator.local.Manifests.Manifest;
import io.pgdoorman.operator.local.Resolver.Resolution;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/// One DoormanPool: from its manifest to its fleet, and back to what a table shows. Owned by the loop's thread.
final class LocalPool {

    private final String name;
    private final Path folder;
    private final Resolver resolver;
    private final Fleet.Tools tools;
    private final Instant createdAt;

    private @Nullable Fleet fleet;
    private String mode = "";
    private List<String> databases = List.of();
    private List<String> problems = List.of();
    private String trouble = "";
    private long generation;

    LocalPool(String name, Path folder, Resolver resolver, Fleet.Tools tools) {
        this.name = name;
        this.folder = folder;
        this.resolver = resolver;
        this.tools = tools;
        this.createdAt = tools.clock().instant();
    }

    /// Takes a manifest that may be new; an invalid one changes nothing but what the table says.
    void take(Manifest manifest, SortedMap<String, Manifest> secrets, Observer observer) {
        switch (resolver.resolve(manifest, secrets, generation + 1)) {
            case Resolution.Accepted(var desired, var accounts, var shown) -> {
                try {
                    observer.accepted(accounts);
                } catch (IOException e) {
                    refuse(manifest, List.of("servers cannot be prepared: " + e.getMessage()));
                    return;
                }
                mode = shown.mode();
                databases = shown.databases();
                problems = List.of();
                generation = desired.generation();
                aim(desired);
            }
            case Resolution.Refused(var found) -> refuse(manifest, found);
        }
    }

    private void refuse(Manifest manifest, List<String> found) {
        problems = found;
        var serving = fleet == null ? "" : "; the old configuration serves";
        found.forEach(p -> tools.says().accept(manifest.file() + " refused: " + p + serving));
    }

    /// Wants no process any more.
    void retire() {
        var running = fleet;
        if (running != null) {
            var last = running.target();
            var goal = last.goal();
            aim(new Desired(
                    name,
                    last.generation(),
                    new Goal(0, goal.revision(), goal.drainTimeout(), goal.killAfter()),
                    last.canary(),
                    last.ports(),
                    last.files()));
        }
    }

    Duration drainTimeout() {
        return fleet == null ? Duration.ZERO : fleet.target().goal().drainTimeout();
    }

    boolean isGone() {
        return fleet == null || fleet.pods().isEmpty();
    }

    void tick() throws InterruptedException {
        var running = fleet;
        if (running == null) {
            return;
        }
        try {
            running.tick();
            trouble = "";
        } catch (IOException e) {
            var text = e.getMessage() == null ? e.toString() : e.getMessage();
            if (!text.equals(trouble)) {
                trouble = text;
                tools.says().accept(name + ": " + text + "; trying again");
            }
        }
    }

    void kill() {
        var running = fleet;
        if (running != null) {
            running.pods().forEach(Pod::kill);
        }
    }

    PoolView view() {
        var running = fleet;
        if (running == null) {
            return new PoolView(name, 0, "", List.of(), 0, 0, 0, 0, List.of(), problems);
        }
        var staying = running.staying();
        var ready =
                staying.stream().filter(p -> p.phase() == FleetPlan.Phase.READY).toList();
        return new PoolView(
                name,
                generation,
                mode,
                databases,
                ready.size(),
                (int) staying.stream().filter(running::isInStep).count(),
                running.target().goal().replicas(),
                running.pods().size(),
                ready.stream()
                        .map(p -> p.place().address() + ":" + p.place().port())
                        .toList(),
                allProblems(running));
    }

    StatusTable.Row row() {
        var view = view();
        return new StatusTable.Row(
                name,
                view.isReady() ? "True" : "False",
                view.ready() + "/" + view.wanted(),
                view.acked() + "/" + view.wanted(),
                mode,
                Duration.between(createdAt, tools.clock().instant()));
    }

    private List<String> allProblems(Fleet running) {
        var all = new ArrayList<>(problems);
        var rejection = running.rejection();
        if (rejection != null) {
            all.add(rejection.pod() + ": " + rejection.why());
        }
        if (!trouble.isEmpty()) {
            all.add(trouble);
        }
        return all;
    }

    private void aim(Desired desired) {
        var running = fleet;
        if (running == null) {
            fleet = new Fleet(folder, tools, desired);
        } else {
            running.aim(desired);
        }
    }
}
