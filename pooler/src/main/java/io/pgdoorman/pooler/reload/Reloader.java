package io.pgdoorman.pooler.reload;

import io.pgdoorman.config.PoolerConfig;
import io.pgdoorman.config.change.ConfigDiff;
import io.pgdoorman.config.change.Fence;
import io.pgdoorman.config.read.Fault;
import io.pgdoorman.config.read.Warning;
import io.pgdoorman.pooler.auth.MockVerifiers;
import io.pgdoorman.pooler.client.Building;
import io.pgdoorman.pooler.client.ClientPool;
import io.pgdoorman.pooler.client.Clients;
import io.pgdoorman.pooler.client.Directory;
import io.pgdoorman.pooler.net.Loops;
import io.pgdoorman.pooler.net.Names;
import io.pgdoorman.pooler.net.SocketSettings;
import io.pgdoorman.pooler.patroni.Fallbacks;
import io.pgdoorman.pooler.pool.Coordinator;
import io.pgdoorman.pooler.server.ServerConnector;
import io.pgdoorman.pooler.server.ServerSettings;
import io.pgdoorman.pooler.stats.CertificateSnapshot;
import io.pgdoorman.pooler.stats.FallbackSnapshot;
import io.pgdoorman.pooler.stats.LookupSnapshot;
import io.pgdoorman.pooler.stats.PreviousPasswordSnapshot;
import io.pgdoorman.pooler.stats.SlowLog;
import io.pgdoorman.pooler.stats.TokenKeysSnapshot;
import io.pgdoorman.pooler.tls.DoorTls;
import io.pgdoorman.pooler.tls.Provider;
import io.pgdoorman.pooler.wire.PgError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Loads the configuration file: at boot, and again and again. All or nothing: what is refused changes nothing.
///
/// Blocks while it reads files and derives verifiers, so never on an event loop; one load at a time.
public final class Reloader {
    private static final Logger LOG = LoggerFactory.getLogger(Reloader.class);
    private static final String LAST_GOOD = "last-good.yaml";

    private final ReentrantLock lock = new ReentrantLock();
    private final Path file;
    private final Pools pools;
    private final Names names;
    private final Materials materials;
    private volatile @Nullable Live live;

    /// What is in force as the file has it; guarded by the lock.
    private @Nullable Blueprint loaded;
    private volatile ReloadOutcome.@Nullable Refused refused;
    private volatile WatchedFiles watched = new WatchedFiles();
    private volatile Set<String> revoked = Set.of();
    private volatile List<CertificateSnapshot> certificates = List.of();
    private volatile List<TokenKeysSnapshot> tokenKeys = List.of();

    /// The configuration in force.
    ///
    /// @param metricsToken null when everybody may read metrics
    public record Live(
            PoolerConfig config,
            String hash,
            @Nullable Long generation,
            String adminPassword,
            @Nullable String metricsToken) {
        @Override
        public String toString() {
            return "Live[hash=" + hash + ", generation=" + generation + "]";
        }
    }

    /// One pool, for snapshots and orders.
    public record PoolView(ClientPool clients, ServerSettings server) {}

    /// What the pools are built of.
    ///
    /// @param crypto where signatures are verified
    public record Parts(
            Loops loops,
            ServerConnector connector,
            Names names,
            Clients clients,
            MockVerifiers mocks,
            SlowLog slow,
            Supplier<Provider> tls,
            Executor crypto) {}

    /// Reads the file for the first time, without pools: what the process itself needs of it is decided here.
    public static final class Boot {
        private final Path file;
        private final Blueprint blueprint;
        private final @Nullable Long generation;
        private final ReloadOutcome.@Nullable Refused refused;
        private final WatchedFiles watched;

        private Boot(
                WatchedFiles watched,
                Path file,
                Blueprint blueprint,
                @Nullable Long generation,
                ReloadOutcome.@Nullable Refused refused) {
            this.watched = watched;
            this.file = file;
            this.blueprint = blueprint;
            this.generation = generation;
            this.refused = refused;
        }

        public PoolerConfig config() {
            return blueprint.config();
        }

        /// How long to wait for a share of the fleet's server connections; null where nobody gives shares.
        public @Nullable Duration unattended() {
            return Meta.beside(file).unattended();
        }

        /// Builds the pools.
        ///
        /// @param areShut whether they connect to no server before [Reloader#open]
        /// @param connections what a process before this one in the same pod might have of servers by order
        /// @throws InvalidConfigException when a certificate or key cannot be used
        public Reloader build(Parts parts, LongSupplier clock, boolean areShut, @Nullable Integer connections)
                throws InvalidConfigException {
            var fallbacks = new Fallbacks(
                    parts.connector(),
                    clock,
                    task -> Thread.ofVirtual().name("patroni").start(task));
            var engine = new PoolSource.Engine(parts.loops(), parts.connector(), fallbacks, parts.slow(), clock);
            var pools = new Pools(engine, parts.clients(), parts.mocks(), parts.crypto());
            if (areShut) {
                pools.shut();
            }
            if (connections != null) {
                pools.begin(connections);
            }
            parts.connector().onSilence(pools::suspect);
            parts.names().onVanished(pools::addressesVanished);
            var reloader =
                    new Reloader(file, pools, parts.names(), new Materials(file, parts.tls(), parts.crypto(), clock));
            reloader.refused = refused;
            reloader.watched = watched;
            reloader.accept(blueprint, reloader.materials.prepare(blueprint), generation);
            reloader.loaded = blueprint;
            return reloader;
        }
    }

    private Reloader(Path file, Pools pools, Names names, Materials materials) {
        this.file = file;
        this.pools = pools;
        this.names = names;
        this.materials = materials;
    }

    /// What the file says; if it is refused and a `last-good.yaml` lies beside it, what that one says.
    ///
    /// @throws InvalidConfigException with all faults when there is nothing to start with
    public static Boot boot(Path file) throws InvalidConfigException {
        var watched = new WatchedFiles();
        switch (Blueprint.read(file, watched)) {
            case Blueprint.Result.Ready(var blueprint, var warnings) -> {
                warn(warnings);
                return new Boot(watched, file, blueprint, Meta.beside(file).generation(), null);
            }
            case Blueprint.Result.Faulty(var hash, var faults) -> {
                var lastGood = file.toAbsolutePath().resolveSibling(LAST_GOOD);
                if (Files.isRegularFile(lastGood)
                        && Blueprint.read(lastGood, new WatchedFiles())
                                instanceof Blueprint.Result.Ready(var blueprint, var _)) {
                    faults.forEach(fault -> LOG.atError()
                            .setMessage("configuration refused, last good one is loaded")
                            .addKeyValue("reason", fault.toString())
                            .log());
                    return new Boot(watched, file, blueprint, null, new ReloadOutcome.Refused(hash, faults));
                }
                throw new InvalidConfigException(faults);
            }
        }
    }

    /// All faults of a file with what it refers to: secrets, rules. Certificates are not read. Blocks.
    public static List<Fault> faults(Path file) {
        return switch (Blueprint.read(file, new WatchedFiles())) {
            case Blueprint.Result.Ready _ -> List.of();
            case Blueprint.Result.Faulty(var _, var faults) -> faults;
        };
    }

    private static void warn(List<Warning> warnings) {
        warnings.forEach(warning -> LOG.atWarn()
                .setMessage("configuration")
                .addKeyValue("reason", warning.toString())
                .log());
    }

    public Live live() {
        var now = live;
        if (now == null) {
            throw new IllegalStateException("no configuration is live yet");
        }
        return now;
    }

    /// The file that was refused last, until a good one is loaded.
    public ReloadOutcome.@Nullable Refused refused() {
        return refused;
    }

    public Directory directory() {
        return pools.directory();
    }

    public List<PoolView> views() {
        return pools.all().stream()
                .map(pool -> new PoolView(pool.clients(), pool.source().settings()))
                .toList();
    }

    /// What came of looking users up, by database.
    public List<LookupSnapshot> lookups() {
        return pools.lookups();
    }

    /// Users whose previous password counts beside the present one.
    public List<PreviousPasswordSnapshot> previousPasswords() {
        return pools.previousPasswords();
    }

    /// Ends pools of users who stand in no list, once they have nothing to do, and those that the configuration has no
    /// more, once their clients have left.
    public void collect() {
        pools.collect();
    }

    /// Databases whose servers may come from other members of a Patroni cluster.
    public List<FallbackSnapshot> fallbacks() {
        return pools.fallbacks();
    }

    /// The caps on servers, one for each database.
    public List<Coordinator> coordinators() {
        return pools.coordinators();
    }

    /// Lets pools connect to servers; blocks while a configuration is loaded.
    ///
    /// @param expectedHash if given and another configuration is live, nothing is done
    /// @return whether it is done
    public boolean open(@Nullable String expectedHash) {
        lock.lock();
        try {
            if (expectedHash != null && !expectedHash.equals(live().hash())) {
                return false;
            }
            pools.open();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /// Lets pools connect to servers though nobody who sees the whole fleet said so: they take what was left for that
    /// case. Blocks.
    ///
    /// @param enters is told how many connections these are before there is one; null for what the configuration
    ///     says
    public void openUnattended(Consumer<@Nullable Integer> enters) {
        lock.lock();
        try {
            var connections = Meta.beside(file).unattendedConnections();
            if (connections != null) {
                pools.limit(connections);
            }
            enters.accept(connections);
            pools.open();
        } finally {
            lock.unlock();
        }
    }

    /// Who remembers what the process may have for the next one in the same pod.
    public interface Keeper {
        /// @param connections null for what the configuration says
        void keep(@Nullable Integer connections) throws IOException;
    }

    /// Lets the databases have other numbers of servers than the configuration says, until one is loaded that says
    /// others; blocks.
    ///
    /// @param expectedHash if another configuration is live, nothing is done
    /// @param caps by database; null for what the configuration says
    /// @param keeper is told before it has an effect
    public AllowOutcome allow(String expectedHash, @Nullable Map<String, Integer> caps, Keeper keeper) {
        lock.lock();
        try {
            var share = pools.share();
            if (!expectedHash.equals(live().hash())) {
                return new AllowOutcome.Refused("hash: another configuration is live: " + live().hash());
            }
            if (caps != null && !share.isBounded()) {
                return new AllowOutcome.Refused("databases: not each of them has max_db_connections");
            }
            if (caps != null && !caps.keySet().equals(share.caps().keySet())) {
                return new AllowOutcome.Refused(
                        "databases: expected " + share.caps().keySet() + ", got " + caps.keySet());
            }
            var allowance = caps == null ? null : Allowance.ordered(share, caps);
            keeper.keep(allowance == null ? null : allowance.connections());
            pools.allow(allowance);
            return new AllowOutcome.Allowed(allowance == null ? share.connections() : allowance.connections());
        } catch (IOException unwritable) {
            return new AllowOutcome.Forgetful(unwritable.toString());
        } finally {
            lock.unlock();
        }
    }

    /// What the process may have of servers; empty where there is no most.
    public Optional<Servers> servers() {
        var share = pools.share();
        var now = pools.allowance();
        if (!share.isBounded()) {
            return Optional.empty();
        }
        int used = coordinators().stream().mapToInt(Coordinator::used).sum();
        return Optional.of(new Servers(
                now == null ? share.connections() : Share.sum(now.caps()) + share.lookups(),
                share.connections(),
                used + share.lookups(),
                share.lookups()));
    }

    /// What the process may have of servers, in numbers of connections; those that look users up count as open.
    ///
    /// @param most that may be open, by order or else by the configuration
    /// @param share what the configuration says
    /// @param held those that are open, being opened or being closed
    /// @param lookups those among all of these that look users up
    public record Servers(int most, int share, int held, int lookups) {}

    /// Options of sockets, for clients as for servers.
    public static SocketSettings socketSettings(PoolerConfig config) {
        return Translation.socket(config.general().tcp());
    }

    public void retireAll(PgError why) {
        pools.retireAll(why);
    }

    /// Loads the file anew.
    ///
    /// @param expectedHash if given and the file has another, nothing is done
    /// @param generation of the operator's resource; an older one than the live one is fenced off
    public ReloadOutcome reload(@Nullable String expectedHash, @Nullable Long generation) {
        lock.lock();
        try {
            return load(expectedHash, generation);
        } finally {
            lock.unlock();
        }
    }

    /// Lets these users be in no pool any more, though the file has them: who revokes them cannot reach the file, as
    /// that of a pod which leaves. Holds until another configuration is loaded; the hash stays that of the file.
    public ReloadOutcome revoke(Set<String> users) {
        lock.lock();
        try {
            var all = new TreeSet<>(revoked);
            all.addAll(users);
            revoked = Collections.unmodifiableSet(all);
            LOG.atInfo().addKeyValue("user", all).log("users are revoked");
            var now = live();
            return apply(now, Objects.requireNonNull(loaded), now.generation());
        } finally {
            lock.unlock();
        }
    }

    /// Who is revoked until another configuration is loaded.
    public Set<String> revoked() {
        return revoked;
    }

    private ReloadOutcome load(@Nullable String expectedHash, @Nullable Long asked) {
        var now = live();
        var newest = now.generation();
        if (newest != null && Fence.isOlder(asked, newest)) {
            return new ReloadOutcome.Fenced(newest);
        }
        var files = new WatchedFiles();
        var read = Blueprint.read(file, files);
        if (read instanceof Blueprint.Result.Faulty) {
            files.addAllOf(watched);
        }
        watched = files;
        return switch (read) {
            case Blueprint.Result.Faulty(var hash, var faults) -> {
                if (expectedHash != null && hash != null && !expectedHash.equals(hash)) {
                    yield new ReloadOutcome.Stale(hash, now.hash(), newest);
                }
                yield refuse(now, new ReloadOutcome.Refused(hash, faults));
            }
            case Blueprint.Result.Ready(var blueprint, var warnings) -> {
                if (expectedHash != null && !expectedHash.equals(blueprint.hash())) {
                    yield new ReloadOutcome.Stale(blueprint.hash(), now.hash(), newest);
                }
                warn(warnings);
                yield apply(now, blueprint, asked);
            }
        };
    }

    private ReloadOutcome apply(Live now, Blueprint whole, @Nullable Long asked) {
        if (!whole.hash().equals(now.hash())) {
            revoked = Set.of();
        }
        var blueprint = whole.without(revoked);
        var bootChanges = ConfigDiff.between(now.config(), blueprint.config()).bootChanges();
        if (!bootChanges.isEmpty()) {
            var faults = bootChanges.stream()
                    .map(change -> new Fault(
                            file.toString(), change.path(), null, "cannot change while the pooler runs: " + change))
                    .toList();
            return refuse(now, new ReloadOutcome.Refused(blueprint.hash(), faults));
        }
        Materials.Prepared material;
        try {
            material = materials.prepare(blueprint);
        } catch (InvalidConfigException unusable) {
            return refuse(now, new ReloadOutcome.Refused(blueprint.hash(), unusable.faults()));
        }
        var generation = asked == null ? Meta.beside(file).generation() : asked;
        boolean same = now.hash().equals(blueprint.hash());
        accept(blueprint, material, generation == null ? now.generation() : generation);
        loaded = whole;
        refused = null;
        LOG.atInfo()
                .setMessage(same ? "configuration is the same, references read anew" : "configuration loaded")
                .addKeyValue("hash", blueprint.hash())
                .log();
        var loaded = live();
        return same
                ? new ReloadOutcome.Unchanged(loaded.hash(), loaded.generation())
                : new ReloadOutcome.Applied(loaded.hash(), loaded.generation());
    }

    /// TLS of clients, as the next connection gets it.
    public Building.LiveTls tls() {
        return materials.door().live();
    }

    /// The certificates in use. Waits for no load, which may take its time: event loops ask.
    public List<CertificateSnapshot> certificates() {
        lookAgain();
        return certificates;
    }

    /// The keys of those who issue tokens; waits for nothing either.
    public List<TokenKeysSnapshot> tokenKeys() {
        lookAgain();
        return tokenKeys;
    }

    /// While a load is under way, what was true before it is told.
    private void lookAgain() {
        if (lock.tryLock()) {
            try {
                remember();
            } finally {
                lock.unlock();
            }
        }
    }

    private void remember() {
        certificates = materials.certificates();
        tokenKeys = materials.tokenKeys();
    }

    /// Those of the files of the configuration that changed since they were read, and how they look now; blocks.
    public Map<Path, String> changedFiles() {
        return watched.changed();
    }

    /// TLS of the control server; empty where it speaks HTTP.
    public Optional<DoorTls> webTls() {
        return materials.web().live().door();
    }

    /// Looks whether files that the configuration names have changed without it; blocks.
    public void lookAtFiles() {
        if (!lock.tryLock()) {
            return; // somebody reads them now, and if that takes long, nobody is to queue behind it
        }
        try {
            materials.look();
        } finally {
            lock.unlock();
        }
    }

    private void accept(Blueprint blueprint, Materials.Prepared material, @Nullable Long generation) {
        names.apply(Translation.names(blueprint.config()), Translation.hostNames(blueprint.config()));
        pools.apply(blueprint, material.checks(), material.servers());
        materials.apply(material);
        remember();
        live = new Live(
                blueprint.config(),
                blueprint.hash(),
                generation,
                blueprint.access().adminPassword(),
                blueprint.access().metricsToken());
    }

    private ReloadOutcome refuse(Live now, ReloadOutcome.Refused why) {
        refused = why;
        why.faults()
                .forEach(fault -> LOG.atError()
                        .setMessage("configuration refused, the old one stays live")
                        .addKeyValue("reason", fault.toString())
                        .log());
        return new ReloadOutcome.Rejected(now.hash(), why);
    }
}
