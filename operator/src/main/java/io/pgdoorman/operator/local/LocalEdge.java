package io.pgdoorman.operator.local;

import io.pgdoorman.operator.api.v1alpha1.Manifest;
import io.pgdoorman.operator.podlink.HttpPodLink;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/// The loop of the local edge: looks at the manifests and at the processes, and acts, until it is told to stop.
///
/// One thread owns all of it; [#stop] may come from any.
public final class LocalEdge {

    private static final long TICK_MILLIS = 200;
    /// A file that an editor is still writing is read again when it has settled.
    private static final long SETTLE_MILLIS = 50;
    private static final Duration STOP_MARGIN = Duration.ofSeconds(20);

    private final Path manifests;
    private final Path state;
    private final Resolver resolver;
    private final Fleet.Tools tools;
    private final Observer observer;
    private final Map<String, LocalPool> pools = new LinkedHashMap<>();
    private SortedMap<String, String> faults = new TreeMap<>();
    private List<PoolView> shown = List.of();
    private Manifests current = Manifests.NONE;
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
        var services = new TreeMap<String, ManifestResolver.Service>();
        options.services().forEach((name, target) -> services.put(name, ManifestResolver.Service.parse(target)));
        var password = HexFormat.of().formatHex(new SecureRandom().generateSeed(16));
        var tools = new Fleet.Tools(
                new PoolerLauncher(options.pooler()),
                new HttpPodLink(),
                password,
                new Addresses(),
                InstantSource.system(),
                observer::says);
        var resolver = new ManifestResolver(services, options.controlPort(), password);
        return new LocalEdge(options.manifests(), options.state(), resolver, tools, observer);
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

    LocalEdge(Path manifests, Path state, Resolver resolver, Fleet.Tools tools, Observer observer) {
        this.manifests = manifests;
        this.state = state;
        this.resolver = resolver;
        this.tools = tools;
        this.observer = observer;
    }

    /// Runs until [#stop], then drains all processes; returns when none is left.
    public void run() throws IOException, InterruptedException {
        StateFolder.create(state);
        var folder = new ManifestFolder(manifests);
        try (var watch = new FolderWatch(manifests)) {
            while (!stopping) {
                if (watch.changed()) {
                    settle(watch);
                    take(folder.read());
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
            var isNew = !pools.containsKey(manifest.name());
            var changed = !manifest.equals(current.pools().get(manifest.name()))
                    || !next.secrets().equals(current.secrets());
            if (isNew || changed) {
                if (!isNew) {
                    observer.says(manifest.file() + " changed");
                }
                pools.computeIfAbsent(manifest.name(), this::newPool).take(manifest, next.secrets(), observer);
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

    private LocalPool newPool(String name) {
        return new LocalPool(name, state.resolve(name), resolver, tools);
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
                    StatusTable.lines(
                            pools.values().stream().map(LocalPool::row).toList()));
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
