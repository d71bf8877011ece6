package io.pgdoorman.operator.local;

import io.pgdoorman.operator.podlink.PodLink;
import io.pgdoorman.operator.podlink.PodLink.Load;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/// Poolers that exist in memory only: they load the hash in `meta.json`, refuse what they are told to refuse.
final class FakePoolers implements Launcher, PodLink {

    final Map<String, FakePooler> running = new ConcurrentSkipListMap<>();
    final Map<String, Integer> starts = new ConcurrentSkipListMap<>();
    volatile boolean refuses;

    @Override
    public Running start(Path folder) {
        var pooler = new FakePooler(folder);
        running.put(pooler.name, pooler);
        starts.merge(pooler.name, 1, Integer::sum);
        return pooler;
    }

    FakePooler named(String name) {
        var pooler = running.get(name);
        if (pooler == null) {
            throw new IllegalStateException("no pooler " + name + " runs, but " + running.keySet());
        }
        return pooler;
    }

    private static String hashOnDisk(Path folder) {
        return read(folder.resolve("meta.json")).replaceAll("(?s).*\"hash\": \"([^\"]*)\".*", "$1");
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    final class FakePooler implements Running {
        final String name;
        final Path folder;
        final String address;
        String loaded;
        int clients;
        boolean draining;
        boolean alive = true;

        FakePooler(Path folder) {
            this.folder = folder;
            this.address = read(folder.resolve("pgdoorman.yaml"))
                    .lines()
                    .map(l -> l.replaceAll(".*host: \"?(127[.0-9]*).*", "$1"))
                    .filter(l -> l.startsWith("127."))
                    .findFirst()
                    .orElseThrow();
            this.name = String.valueOf(folder.getFileName());
            this.loaded = hashOnDisk(folder);
        }

        void crash() {
            alive = false;
            running.remove(name);
        }

        @Override
        public boolean isAlive() {
            return alive;
        }

        @Override
        public int exitCode() {
            return 1;
        }

        @Override
        public void terminate() {
            crash();
        }

        @Override
        public void kill() {
            crash();
        }
    }

    private static Silent refused() {
        return new Silent("connection refused");
    }

    private @Nullable FakePooler at(Address address) {
        return running.values().stream()
                .filter(p -> p.address.equals(address.host()))
                .findFirst()
                .orElse(null);
    }

    @Override
    public StateAnswer state(Address address) {
        var pooler = at(address);
        if (pooler == null) {
            return refused();
        }
        var state = pooler.draining ? "draining" : "ready";
        return new State(
                "1", state, pooler.loaded, 1, null, new Load(pooler.clients, pooler.clients, 0, 0, -1), Map.of());
    }

    @Override
    public ReloadAnswer reload(Address address, String hash, long generation) {
        var pooler = at(address);
        if (pooler == null) {
            return refused();
        }
        if (refuses) {
            return new Rejected(hash, List.of(new Fault("pools.app.server_host", "cannot be resolved")));
        }
        pooler.loaded = hashOnDisk(pooler.folder);
        return new Loaded(pooler.loaded, generation);
    }

    @Override
    public @Nullable Silent drain(Address address) {
        var pooler = at(address);
        if (pooler == null) {
            return refused();
        }
        pooler.draining = true;
        return null;
    }

    @Override
    public Expelled expel(Address address, Set<String> users) {
        throw new IllegalStateException("nobody claims anything on one machine");
    }

    @Override
    public @Nullable Silent grant(Address address, String hash) {
        throw new IllegalStateException("there is no budget on one machine");
    }

    @Override
    public @Nullable Silent allow(Address address, String hash, @Nullable Map<String, Integer> databases) {
        throw new IllegalStateException("there is no budget on one machine");
    }

    @Override
    public @Nullable Silent hold(Address address) {
        throw new IllegalStateException("there is no budget on one machine");
    }

    @Override
    public @Nullable Silent revoke(Address address, Set<String> users) {
        throw new IllegalStateException("nobody claims anything on one machine");
    }
}
