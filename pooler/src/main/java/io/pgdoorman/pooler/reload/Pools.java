package io.pgdoorman.pooler.reload;

import io.pgdoorman.config.AuthQueryConfig;
import io.pgdoorman.config.PoolConfig;
import io.pgdoorman.config.UserConfig;
import io.pgdoorman.pooler.auth.MockVerifiers;
import io.pgdoorman.pooler.auth.OutsideCheck;
import io.pgdoorman.pooler.auth.TwoPasswords;
import io.pgdoorman.pooler.auth.Verifier;
import io.pgdoorman.pooler.client.Account;
import io.pgdoorman.pooler.client.Clients;
import io.pgdoorman.pooler.client.Directory;
import io.pgdoorman.pooler.client.Newcomers;
import io.pgdoorman.pooler.client.PreviousPassword;
import io.pgdoorman.pooler.lookup.UserLookup;
import io.pgdoorman.pooler.pool.Coordinator;
import io.pgdoorman.pooler.server.CloseReason;
import io.pgdoorman.pooler.server.Endpoint;
import io.pgdoorman.pooler.server.ServerSettings;
import io.pgdoorman.pooler.stats.FallbackSnapshot;
import io.pgdoorman.pooler.stats.LookupSnapshot;
import io.pgdoorman.pooler.stats.PreviousLogins;
import io.pgdoorman.pooler.stats.PreviousPasswordSnapshot;
import io.pgdoorman.pooler.wire.PgError;
import java.net.InetAddress;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The live pools, and the directory through which clients find them. A reload keeps what did not change,
/// applies what did, adds what is new and retires what is gone; used by one thread at a time, read by all.
final class Pools {
    private final PoolSource.Engine engine;
    private final MockVerifiers mocks;
    private final Executor crypto;
    private final PoolMaker maker;
    private final Retirements retirements;
    private final FoundPools found;
    private volatile Map<Blueprint.Key, LivePool> live = Map.of();
    private volatile Map<String, Coordinator> coordinators = Map.of();
    private volatile Share share = Share.NONE;
    private volatile @Nullable Allowance allowance;
    private volatile boolean areShut;
    private volatile @Nullable Directory directory;
    private volatile Map<String, UserLookup> lookups = Map.of();
    private volatile Map<String, String> sharedUsers = Map.of();
    private volatile boolean retiresVanished;
    private volatile Set<String> pausedByConfig = Set.of();
    private Map<Blueprint.Key, Stored> stored = Map.of();
    private int scramIterations;

    /// What a user of the list has to prove.
    ///
    /// @param text as the configuration has it
    /// @param previousText likewise; empty for none
    private record Stored(
            String text,
            String previousText,
            Verifier verifier,
            @Nullable PreviousPassword previous) {
        @Override
        public String toString() {
            return "Stored[" + verifier + "]";
        }
    }

    /// @param crypto where keys are derived
    Pools(PoolSource.Engine engine, Clients clients, MockVerifiers mocks, Executor crypto) {
        this.engine = engine;
        this.mocks = mocks;
        this.crypto = crypto;
        this.maker = new PoolMaker(engine, clients);
        this.retirements = new Retirements(clients, engine.loops(), engine.clock());
        this.found = new FoundPools(maker, retirements, this::isPaused);
    }

    Directory directory() {
        var now = directory;
        if (now == null) {
            throw new IllegalStateException("no configuration is live yet");
        }
        return now;
    }

    List<LivePool> all() {
        var all = new ArrayList<>(live.values());
        all.addAll(found.all());
        return all;
    }

    List<FallbackSnapshot> fallbacks() {
        return engine.fallbacks().snapshots();
    }

    /// No server is connected to until [#open], which is called by whoever reloads.
    void shut() {
        areShut = true;
        coordinators.values().forEach(Coordinator::shut);
    }

    void open() {
        areShut = false;
        coordinators.values().forEach(Coordinator::open);
    }

    /// The caps, one for each database.
    List<Coordinator> coordinators() {
        return List.copyOf(coordinators.values());
    }

    /// Before a configuration is live: it may say less than so many connections, and no more.
    void begin(int connections) {
        allowance = new Allowance(connections, Map.of());
    }

    /// So many connections to servers, if the configuration does not say less.
    void limit(int connections) {
        allow(Allowance.under(share, connections));
    }

    /// The caps of an order are in force until another share is loaded; those of the configuration for null.
    void allow(@Nullable Allowance ordered) {
        allowance = ordered;
        coordinators.forEach((database, coordinator) -> coordinator.allow(allowed(database)));
    }

    private @Nullable Integer allowed(String database) {
        var now = allowance;
        return now == null ? null : now.caps().get(database);
    }

    /// What the configuration says.
    Share share() {
        return share;
    }

    /// What was said instead, null if nothing was.
    @Nullable
    Allowance allowance() {
        return allowance;
    }

    private void share(Share next) {
        var now = allowance;
        if (now != null && !next.equals(share)) {
            allowance = Allowance.under(next, now.connections());
        }
        share = next;
    }

    /// Makes the blueprint live.
    void apply(Blueprint blueprint, OutsideChecks.Made checks, ServerMaterial.Prepared tls) {
        maker.encrypt(tls);
        engine.fallbacks().apply(Translation.fallbacks(blueprint.config(), tls.patroni()));
        int iterations = blueprint.config().general().logins().scramIterations();
        mocks.iterate(iterations);
        share(Share.of(blueprint.config()));
        var next = new Next();
        for (PoolConfig pool : blueprint.config().pools().values()) {
            var coordinator = coordinator(pool);
            next.caps.put(pool.name(), coordinator);
            var accounts = new LinkedHashMap<String, Account>();
            for (UserConfig user : pool.users()) {
                var key = new Blueprint.Key(pool.name(), user.username());
                var secrets = new PoolMaker.Secrets(
                        blueprint.passwords().getOrDefault(key, ""),
                        blueprint.serverPasswords().get(key),
                        checks.signers().get(key),
                        blueprint.previousPasswords().getOrDefault(key, ""));
                var plan = new PoolMaker.Plan(blueprint.config(), pool, user, coordinator, secrets);
                var proof = stored(
                        plan,
                        blueprint.previousPasswords().getOrDefault(key, ""),
                        checks.byUser().get(key));
                next.stored.put(key, proof);
                accounts.put(
                        user.username(),
                        new Account(make(plan, key, next).clients(), proof.verifier(), proof.previous()));
            }
            next.databases.put(pool.name(), accounts);
            pool.authQuery().ifPresent(query -> lookUp(blueprint, pool, query, next));
        }
        var gone = new ArrayList<LivePool>();
        live.forEach((key, pool) -> {
            if (!next.pools.containsKey(key)) {
                gone.add(pool);
            }
        });
        var silent = new ArrayList<UserLookup>();
        lookups.forEach((database, lookup) -> {
            if (!next.lookups.containsKey(database)) {
                silent.add(lookup);
            }
        });
        var access = blueprint.access();
        var admin = new Directory.Admin(
                blueprint.config().general().access().adminUsername(),
                derived("console", access.adminPassword()),
                watchers(blueprint));
        scramIterations = iterations;
        retiresVanished = blueprint.config().general().dns().retireServers();
        live = next.pools;
        stored = next.stored;
        lookups = next.lookups;
        sharedUsers = next.sharedUsers;
        coordinators = next.caps;
        retirements.limit(blueprint.config().general().listen().shutdown().timeout());
        found.apply(next.recipes, next.pools.keySet());
        pauseAndResume(blueprint.config().pools().values());
        directory = new Directory(
                next.databases,
                access.hba().asking(checks.byRule(), checks.talos(), checks.tickets()),
                admin,
                next.newcomers,
                readOnly(blueprint.config().pools().values()));
        gone.forEach(retirements::begin);
        silent.forEach(UserLookup::close);
    }

    private static Map<String, String> readOnly(Collection<PoolConfig> pools) {
        var readOnly = new LinkedHashMap<String, String>();
        for (var pool : pools) {
            var other = pool.server().readOnlyPool();
            if (other != null) {
                readOnly.put(pool.name(), other);
            }
        }
        return Map.copyOf(readOnly);
    }

    /// What is live next.
    private static final class Next {
        private final Map<Blueprint.Key, LivePool> pools = new LinkedHashMap<>();
        private final Map<Blueprint.Key, Stored> stored = new LinkedHashMap<>();
        private final Map<String, Map<String, Account>> databases = new LinkedHashMap<>();
        private final Map<String, Coordinator> caps = new LinkedHashMap<>();
        private final Map<String, UserLookup> lookups = new LinkedHashMap<>();
        private final Map<String, Newcomers> newcomers = new LinkedHashMap<>();
        private final Map<String, FoundPools.Recipe> recipes = new LinkedHashMap<>();
        private final Map<String, String> sharedUsers = new LinkedHashMap<>();
    }

    private LivePool make(PoolMaker.Plan plan, Blueprint.Key key, Next next) {
        var before = live.containsKey(key) ? live.get(key) : found.take(key);
        var made = maker.make(plan, before);
        if (before == null && isPaused(key.database())) {
            var _ = made.servers().pause();
        }
        next.pools.put(key, made);
        return made;
    }

    /// PAUSE is for all pools of a database, so one tells, and holds for those that are made later.
    private boolean isPaused(String database) {
        for (var entry : live.entrySet()) {
            if (entry.getKey().database().equals(database)) {
                return entry.getValue().servers().counts().paused();
            }
        }
        return found.isPaused(database) || pausedByConfig.contains(database);
    }

    /// Orders as the console's, when the configuration begins or ends to say so.
    private void pauseAndResume(Collection<PoolConfig> pools) {
        var wanted = pools.stream()
                .filter(pool -> pool.session().paused())
                .map(PoolConfig::name)
                .collect(Collectors.toUnmodifiableSet());
        var before = pausedByConfig;
        pausedByConfig = wanted;
        for (var pool : all()) {
            var database = pool.clients().database();
            if (wanted.contains(database) && !before.contains(database)) {
                var _ = pool.servers().pause();
            } else if (before.contains(database) && !wanted.contains(database)) {
                pool.servers().resume();
            }
        }
    }

    private void lookUp(Blueprint blueprint, PoolConfig pool, AuthQueryConfig query, Next next) {
        var lookup = lookup(blueprint, pool, query);
        var coordinator = Objects.requireNonNull(next.caps.get(pool.name()));
        next.lookups.put(pool.name(), lookup);
        next.newcomers.put(pool.name(), newcomers(pool.name(), lookup));
        next.recipes.put(pool.name(), new FoundPools.Recipe(blueprint.config(), pool, query, coordinator, lookup));
        query.shared().ifPresent(shared -> {
            var key = new Blueprint.Key(pool.name(), shared.user());
            var secrets = blueprint.askers().get(pool.name());
            make(
                    new PoolMaker.Plan(
                            blueprint.config(),
                            pool,
                            Translation.found(pool, query, shared.user()),
                            coordinator,
                            new PoolMaker.Secrets("", secrets == null ? null : secrets.shared(), null, "")),
                    key,
                    next);
            next.sharedUsers.put(pool.name(), shared.user());
        });
    }

    private Map<String, Verifier> watchers(Blueprint blueprint) {
        var password = blueprint.access().statsPassword();
        var login = blueprint.config().general().access().stats();
        return password == null || login.isEmpty()
                ? Map.of()
                : Map.of(login.get().username(), derived(login.get().username(), password));
    }

    private Coordinator coordinator(PoolConfig pool) {
        var cap = Translation.cap(pool);
        var known = coordinators.get(pool.name());
        if (known == null) {
            var made = new Coordinator(pool.name(), cap, engine.clock());
            made.allow(allowed(pool.name()));
            if (areShut) {
                made.shut();
            }
            return made;
        }
        known.apply(cap, allowed(pool.name()));
        return known;
    }

    private Stored stored(PoolMaker.Plan plan, String previous, @Nullable OutsideCheck check) {
        var user = plan.user();
        var password = plan.secrets().password();
        if (check != null) {
            return new Stored(password, "", new Verifier.Outside(check), null);
        }
        var before = stored.get(new Blueprint.Key(plan.pool().name(), user.username()));
        if (before != null
                && !(before.text().equals(password)
                        && before.previousText().equals(previous)
                        && scramIterations == plan.config().general().logins().scramIterations())) {
            before = null;
        }
        if (previous.isEmpty()) {
            return before == null ? new Stored(password, "", derived(user.username(), password), null) : before;
        }
        var known = before == null ? null : before.previous();
        var two = before == null || known == null
                ? TwoPasswords.of(user.username(), Verifier.parse(password), Verifier.parse(previous), mocks)
                : new TwoPasswords(before.verifier(), known.verifier());
        var until = user.previous().flatMap(UserConfig.Previous::until).orElse(null);
        var logins = known == null ? new PreviousLogins() : known.logins();
        return new Stored(
                password,
                previous,
                two.present(),
                new PreviousPassword(two.previous(), until, InstantSource.system(), logins));
    }

    /// Users whose previous password stands in the configuration.
    List<PreviousPasswordSnapshot> previousPasswords() {
        var all = new ArrayList<PreviousPasswordSnapshot>();
        directory()
                .databases()
                .forEach((database, accounts) -> accounts.forEach((user, account) -> {
                    var previous = account.previous();
                    if (previous != null) {
                        all.add(new PreviousPasswordSnapshot(database, user, previous.until(), previous.logins()));
                    }
                }));
        return all;
    }

    /// A password in clear becomes a verifier once, here, and not at each login.
    private Verifier derived(String user, String password) {
        var verifier = Verifier.parse(password);
        return verifier instanceof Verifier.Plain plain ? mocks.derivedFor(user, plain) : verifier;
    }

    // ---- users who stand in no list

    private Newcomers newcomers(String database, UserLookup lookup) {
        return new Newcomers(lookup, (user, known) -> {
            var open = live.get(new Blueprint.Key(database, sharedUsers.getOrDefault(database, "")));
            return open == null
                    ? found.enter(new Blueprint.Key(database, user), known)
                    : new Newcomers.Open(open.clients(), () -> {});
        });
    }

    private UserLookup lookup(Blueprint blueprint, PoolConfig pool, AuthQueryConfig query) {
        var before = lookups.get(pool.name());
        var secrets = blueprint.askers().get(pool.name());
        var password = secrets == null ? "" : secrets.password();
        var credentials = Translation.credentials(
                "",
                password.isEmpty() ? null : password,
                before == null
                        ? null
                        : before.settings().asking().server().login().credentials());
        var login =
                new ServerSettings.Login(query.asker().database(), query.asker().user(), credentials);
        var wanted = Translation.lookup(blueprint.config(), pool, query, login).with(maker.encryption(pool.name()));
        var settings = wanted.with(FormerPasswords.beside(
                wanted.asking().server(),
                before == null ? null : before.settings().asking().server(),
                "",
                engine.clock().getAsLong()));
        if (before == null) {
            return new UserLookup(
                    pool.name(),
                    new UserLookup.Parts(
                            engine.fallbacks().of(pool.name()), engine.loops().loop(0), crypto, mocks, engine.clock()),
                    settings);
        }
        before.apply(settings);
        return before;
    }

    /// Ends the pools of such users that have nothing to do, and those of which nothing is left.
    void collect() {
        found.collect();
        retirements.look();
    }

    List<LookupSnapshot> lookups() {
        return lookups.entrySet().stream()
                .map(entry ->
                        entry.getValue().stats().snapshot(entry.getValue().remembered(), found.count(entry.getKey())))
                .toList();
    }

    /// A name no longer leads to these addresses: if it is wanted so, servers there are not lent again.
    void addressesVanished(String host, Set<InetAddress> addresses) {
        if (!retiresVanished) {
            return;
        }
        for (var pool : all()) {
            for (var server : pool.servers().servers()) {
                if (server.endpoint().isAmong(host, addresses)) {
                    server.retire(CloseReason.ADDRESS_GONE);
                }
            }
            pool.servers().dismissUnwanted();
        }
    }

    /// An address does not answer: idle servers on it are asked whether they live.
    void suspect(Endpoint silent) {
        all().forEach(pool ->
                pool.servers().suspect(server -> server.endpoint().socket().equals(silent.socket())));
    }

    void retireAll(PgError why) {
        all().forEach(pool -> pool.servers().retire(why));
        retirements.end(why);
        lookups.values().forEach(UserLookup::close);
    }
}
