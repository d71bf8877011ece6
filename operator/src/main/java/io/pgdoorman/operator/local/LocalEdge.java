package io.pgdoorman.operator.local;

import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.Manifest;
import io.pgdoorman.operator.api.v1alpha1.Problem;
import io.pgdoorman.operator.podlink.HttpPodLink;
import io.pgdoorman.operator.podlink.LeaderEpoch;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The loop of the local edge: looks at the manifests and at the processes, and acts, until it is told to stop.
///
/// One thread owns all of it; [#stop] may come from any.
public final class LocalEdge {

    private static final long TICK_MILLIS = 200;
    /// A file that an editor is still writing is read again when it has settled.
    private static final long SETTLE_MILLIS = 50;
    private static final Duration STOP_MARGIN = Duration.ofSeconds(20);

    private static final String NAMESPACE = "local";

    private final Options options;
    private final Resolver resolver;
    private final Fleet.Tools tools;
    private final Observer observer;
    private final Map<String, LocalPool> pools = new LinkedHashMap<>();
    private SortedMap<String, String> faults = new TreeMap<>();
    private List<PoolView> shown = List.of();
    private Manifests current = Manifests.NONE;
    private boolean isUnreadable;
    private volatile boolean stopping;

    /// Where the edge works.
    ///
    /// @param state folder for the files of the processes; gone afterwards what the edge put there
    /// @param pooler the pooler's start script
    /// @param services what Services of the manifests lead to, as `host:port` by name
    /// @param controlPort port of each process's probes, metrics and control endpoint
    public record Options(Path manifests, Path state, Path pooler, Map<String, String> services, int controlPort) {}

    /// An edge that starts real poolers.
    public static LocalEdge on(Options options, Observer observer) {
        var tools = new Fleet.Tools(
                new PoolerLauncher(options.pooler()),
                new HttpPodLink(LeaderEpoch.NONE),
                new Addresses(),
                InstantSource.system(),
                observer::says);
        return new LocalEdge(options, tools, observer);
    }

    /// Ports that the pools in a folder need and others have, as `address:port`.
    public static List<String> busyPorts(Path manifests, int controlPort) throws IOException {
        var busy = new ArrayList<String>();
        var addresses = new Addresses();
        for (var pool : new ManifestFolder(manifests).read().pools().values()) {
            if (Manifest.readAll(pool.content().toString()).getFirst() instanceof Manifest.Read.Valid(var valid)) {
                for (var i = 0; i < valid.getSpec().replicas(); i++) {
                    var address = addresses.take();
                    Stream.of(valid.getSpec().port(), controlPort)
                            .filter(port -> !Addresses.isFree(address, port))
                            .forEach(port -> busy.add(address + ":" + port));
                }
            }
        }
        return busy;
    }

    LocalEdge(Options options, Fleet.Tools tools, Observer observer) {
        var services = new TreeMap<String, Resolver.Service>();
        options.services().forEach((name, target) -> services.put(name, Resolver.Service.parse(target)));
        this.options = options;
        this.resolver = new Resolver(services, options.controlPort());
        this.tools = tools;
        this.observer = observer;
    }

    /// Runs until [#stop], then drains all processes; returns when none is left.
    public void run() throws IOException, InterruptedException {
        StateFolder.create(options.state());
        var folder = new ManifestFolder(options.manifests());
        try (var watch = new FolderWatch(options.manifests())) {
            while (!stopping) {
                var next = changed(folder, watch);
                if (next != null) {
                    take(next);
                }
                tick();
                watch.await(TICK_MILLIS);
            }
            drain(watch);
        } finally {
            pools.values().forEach(LocalPool::kill);
        }
    }

    public void stop() {
        stopping = true;
    }

    /// What the manifests say, if that is something new. A folder that is gone for a while, as when another branch is
    /// checked out, says nothing: pods serve on.
    private @Nullable Manifests changed(ManifestFolder folder, FolderWatch watch) throws InterruptedException {
        try {
            if (!watch.changed()) {
                return null;
            }
            settle(watch);
            var next = folder.read();
            isUnreadable = false;
            return next;
        } catch (IOException | DirectoryIteratorException e) {
            watch.forget();
            if (!isUnreadable) {
                observer.says(options.manifests() + " cannot be read (" + e + "); what it said before holds");
            }
            isUnreadable = true;
            return null;
        }
    }

    private static void settle(FolderWatch watch) throws IOException, InterruptedException {
        do {
            watch.await(SETTLE_MILLIS);
        } while (watch.changed());
    }

    private void take(Manifests next) throws IOException {
        for (var fault : next.faults().entrySet()) {
            if (!fault.getValue().equals(faults.get(fault.getKey()))) {
                observer.says(fault.getKey() + " refused: " + fault.getValue() + "; what it said before holds");
            }
        }
        faults = next.faults();
        for (var manifest : next.pools().values()) {
            if (!manifest.equals(current.pools().get(manifest.name()))
                    || !next.secrets().equals(current.secrets())) {
                take(manifest, next.secrets());
            }
        }
        for (var pool : pools.entrySet()) {
            if (!next.pools().containsKey(pool.getKey()) && current.pools().containsKey(pool.getKey())) {
                observer.says("DoormanPool " + pool.getKey() + " is gone from the manifests");
                pool.getValue().retire();
            }
        }
        current = next;
    }

    private void take(Manifests.Manifest manifest, SortedMap<String, Manifests.Manifest> secrets) {
        var known = pools.get(manifest.name());
        if (known != null) {
            observer.says(manifest.file() + " or a Secret changed");
        }
        switch (Manifest.readAll(manifest.content().toString()).getFirst()) {
            case Manifest.Read.Invalid(var _, var problems) ->
                refuse(manifest, known, problems.stream().map(Problem::toString).toList());
            case Manifest.Read.Valid(var read)
            when !ClusterOnly.of(read).isEmpty() ->
                refuse(
                        manifest,
                        known,
                        ClusterOnly.of(read).stream().map(Problem::toString).toList());
            case Manifest.Read.Valid(var read) -> {
                identify(read, known);
                var resolved = resolver.resolve(read, secrets);
                try {
                    observer.accepted(resolved.accounts());
                    if (known == null) {
                        pools.put(manifest.name(), newPool(read, resolved));
                    } else {
                        known.take(read, resolved);
                    }
                } catch (IOException e) {
                    refuse(manifest, known, List.of("its servers cannot be prepared: " + e.getMessage()));
                }
            }
        }
    }

    private void refuse(Manifests.Manifest manifest, @Nullable LocalPool known, List<String> problems) {
        var serving = known == null ? "" : "; the old configuration serves";
        problems.forEach(problem -> observer.says(manifest.file() + " refused: " + problem + serving));
        if (known != null) {
            known.refuse(problems);
        }
    }

    /// What an API server would write into an object's metadata.
    private void identify(DoormanPool read, @Nullable LocalPool known) {
        var meta = read.getMetadata();
        meta.setNamespace(NAMESPACE);
        meta.setUid(NAMESPACE + "-" + meta.getName());
        if (known == null) {
            meta.setGeneration(1L);
            meta.setCreationTimestamp(
                    tools.clock().instant().truncatedTo(ChronoUnit.SECONDS).toString());
        } else {
            var before = known.pool();
            var generation = before.getMetadata().getGeneration();
            meta.setGeneration(before.getSpec().equals(read.getSpec()) ? generation : generation + 1);
            meta.setCreationTimestamp(before.getMetadata().getCreationTimestamp());
        }
    }

    private LocalPool newPool(DoormanPool pool, Resolver.Resolved resolved) {
        var name = pool.getMetadata().getName();
        var fleet = new Fleet(name, options.state().resolve(name), tools);
        var password = HexFormat.of().formatHex(new SecureRandom().generateSeed(16));
        return new LocalPool(new LocalPool.Setting(fleet, tools, password, options.controlPort()), pool, resolved);
    }

    private void tick() throws InterruptedException {
        for (var pool : List.copyOf(pools.values())) {
            pool.tick();
        }
        pools.entrySet()
                .removeIf(p ->
                        !current.pools().containsKey(p.getKey()) && p.getValue().isGone());
        show();
    }

    private void show() {
        var views = pools.values().stream().map(LocalPool::view).toList();
        if (!views.equals(shown)) {
            shown = views;
            observer.changed(
                    views,
                    StatusTable.lines(pools.values().stream()
                            .filter(pool -> !pool.isRetired())
                            .map(LocalPool::row)
                            .toList()));
        }
    }

    /// Each process is bounded by its pool's drain timeout; the margin is for ending and for killing.
    private void drain(FolderWatch watch) throws InterruptedException {
        var longest = Duration.ZERO;
        for (var pool : pools.values()) {
            pool.retire();
            longest = longest.compareTo(pool.drainTimeout()) < 0 ? pool.drainTimeout() : longest;
        }
        var deadline = tools.clock().instant().plus(longest).plus(STOP_MARGIN);
        current = Manifests.NONE;
        while (!pools.isEmpty() && tools.clock().instant().isBefore(deadline)) {
            tick();
            watch.await(TICK_MILLIS / 4);
        }
    }
}
