package io.pgdoorman.pooler.reload;

import io.pgdoorman.config.PoolConfig;
import io.pgdoorman.config.UserConfig;
import io.pgdoorman.pooler.auth.MockVerifiers;
import io.pgdoorman.pooler.auth.OutsideCheck;
import io.pgdoorman.pooler.auth.Verifier;
import io.pgdoorman.pooler.client.Account;
import io.pgdoorman.pooler.client.ClientPool;
import io.pgdoorman.pooler.client.Clients;
import io.pgdoorman.pooler.client.Directory;
import io.pgdoorman.pooler.pool.Coordinator;
import io.pgdoorman.pooler.pool.Pool;
import io.pgdoorman.pooler.server.CloseReason;
import io.pgdoorman.pooler.server.Endpoint;
import io.pgdoorman.pooler.server.ServerConnection;
import io.pgdoorman.pooler.stats.PoolStats;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.SqlState;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/// The live pools, and the directory through which clients find them. A reload keeps what did not change,
/// applies what
/// did, adds what is new and retires what is gone; used by one thread at a time, read by all.
final class Pools {
    private final PoolSource.Engine engine;
    private final Clients clients;
    private final MockVerifiers mocks;
    private volatile Map<Blueprint.Key, LivePool> live = Map.of();
    private volatile Map<String, Coordinator> coordinators = Map.of();
    private volatile @Nullable Directory directory;
    private volatile boolean retiresVanished;
    private int scramIterations;

    /// One pool and the parts that a reload touches.
    record LivePool(ClientPool clients, PoolSource source, String verifierText, Verifier verifier) {
        Pool<ServerConnection> servers() {
            return clients.pool();
        }
    }

    Pools(PoolSource.Engine engine, Clients clients, MockVerifiers mocks) {
        this.engine = engine;
        this.clients = clients;
        this.mocks = mocks;
    }

    Directory directory() {
        var now = directory;
        if (now == null) {
            throw new IllegalStateException("no configuration is live yet");
        }
        return now;
    }

    List<LivePool> all() {
        return List.copyOf(live.values());
    }

    /// The caps, one for each database.
    List<Coordinator> coordinators() {
        return List.copyOf(coordinators.values());
    }

    /// Makes the blueprint live.
    void apply(Blueprint blueprint, OutsideChecks.Made checks) {
        int iterations = blueprint.config().general().logins().scramIterations();
        mocks.iterate(iterations);
        var next = new LinkedHashMap<Blueprint.Key, LivePool>();
        var databases = new LinkedHashMap<String, Map<String, Account>>();
        var caps = new LinkedHashMap<String, Coordinator>();
        for (PoolConfig pool : blueprint.config().pools().values()) {
            var coordinator = coordinator(pool);
            caps.put(pool.name(), coordinator);
            var accounts = new LinkedHashMap<String, Account>();
            for (UserConfig user : pool.users()) {
                var key = new Blueprint.Key(pool.name(), user.username());
                var built = build(new Plan(blueprint, checks, pool, user, coordinator), live.get(key));
                next.put(key, built);
                accounts.put(user.username(), new Account(built.clients(), built.verifier()));
            }
            databases.put(pool.name(), accounts);
        }
        var gone = new ArrayList<LivePool>();
        live.forEach((key, pool) -> {
            if (!next.containsKey(key)) {
                gone.add(pool);
            }
        });
        var access = blueprint.access();
        var admin = new Directory.Admin(
                blueprint.config().general().access().adminUsername(), derived("console", access.adminPassword()));
        scramIterations = iterations;
        retiresVanished = blueprint.config().general().dns().retireServers();
        live = next;
        coordinators = caps;
        directory = new Directory(databases, access.hba().asking(checks.byRule(), checks.talos()), admin);
        gone.forEach(this::retire);
    }

    private Coordinator coordinator(PoolConfig pool) {
        var cap = Translation.cap(pool);
        var known = coordinators.get(pool.name());
        if (known == null) {
            return new Coordinator(pool.name(), cap, engine.clock());
        }
        if (!known.settings().equals(cap)) {
            known.apply(cap);
        }
        return known;
    }

    /// What a pool is to be made of.
    private record Plan(
            Blueprint blueprint, OutsideChecks.Made checks, PoolConfig pool, UserConfig user, Coordinator coordinator) {
        @Nullable
        OutsideCheck check() {
            return checks.byUser().get(new Blueprint.Key(pool.name(), user.username()));
        }
    }

    private LivePool build(Plan plan, @Nullable LivePool before) {
        var blueprint = plan.blueprint();
        var pool = plan.pool();
        var user = plan.user();
        var key = new Blueprint.Key(pool.name(), user.username());
        var password = blueprint.passwords().getOrDefault(key, "");
        var credentials = Translation.credentials(
                password,
                blueprint.serverPasswords().get(key),
                before == null ? null : before.clients().behaviour().credentials());
        var settings = Translation.pool(blueprint.config(), pool, user);
        var server = Translation.server(blueprint.config(), pool, user, credentials);
        var behaviour = new ClientPool.Behaviour(
                Translation.relay(blueprint.config(), pool, user),
                Translation.session(pool, user),
                credentials,
                Translation.timeouts(user),
                Translation.caps(user));
        if (before == null) {
            var stats = new PoolStats(pool.name(), user.username());
            var source = new PoolSource(engine, stats, server);
            var servers = new Pool<>(
                    new Pool.Parts<>(
                            "database \"" + pool.name() + "\", user \"" + user.username() + "\"",
                            source,
                            plan.coordinator(),
                            engine.clock(),
                            () -> ThreadLocalRandom.current().nextDouble()),
                    settings);
            source.onClosed(servers::closed);
            var made = new ClientPool(
                    servers,
                    stats,
                    behaviour,
                    engine.loops().count(),
                    pool.prepare().poolCacheSize());
            made.replicateBy(source::replicate);
            shortcut(blueprint, made);
            return new LivePool(made, source, password, verifier(plan, password, null));
        }
        boolean moved = !before.source().settings().hosts().equals(server.hosts())
                || !before.source().settings().login().equals(server.login())
                || !before.source().settings().startupParameters().equals(server.startupParameters());
        before.source().apply(server);
        boolean otherTimeouts = !before.clients().behaviour().timeouts().equals(behaviour.timeouts());
        before.clients().behave(behaviour);
        shortcut(blueprint, before.clients());
        if (otherTimeouts) {
            clients.timeoutsChanged(before.clients());
        }
        before.clients()
                .rememberStatements(
                        pool.prepare().poolCacheSize(), pool.prepare().serverCacheSize());
        before.servers().apply(settings);
        if (moved) {
            before.clients().forgetGreetings();
            var _ = before.servers().reconnect();
        }
        return new LivePool(before.clients(), before.source(), password, verifier(plan, password, before));
    }

    private Verifier verifier(Plan plan, String password, @Nullable LivePool before) {
        var check = plan.check();
        if (check != null) {
            return new Verifier.Outside(check);
        }
        if (before != null
                && before.verifierText().equals(password)
                && scramIterations
                        == plan.blueprint().config().general().logins().scramIterations()) {
            return before.verifier();
        }
        return derived(plan.user().username(), password);
    }

    private static void shortcut(Blueprint blueprint, ClientPool pool) {
        var relay = blueprint.config().general().relay();
        pool.shortcut(relay.deferBegin() && !pool.behaviour().relay().sessionMode(), relay.checkQuery());
    }

    /// A password in clear becomes a verifier once, here, and not at each login.
    private Verifier derived(String user, String password) {
        var verifier = Verifier.parse(password);
        return verifier instanceof Verifier.Plain plain ? mocks.derivedFor(user, plain) : verifier;
    }

    private void retire(LivePool pool) {
        var why = PgError.fatal(
                        SqlState.ADMIN_SHUTDOWN,
                        "the pool of database \"" + pool.clients().database() + "\" and user \""
                                + pool.clients().user() + "\" was removed from the configuration")
                .withHint("The pooler's configuration was reloaded.");
        pool.servers().retire(why);
        clients.drain(pool.clients(), why);
    }

    /// A name no longer leads to these addresses: if it is wanted so, servers there are not lent again.
    void addressesVanished(String host, Set<InetAddress> addresses) {
        if (!retiresVanished) {
            return;
        }
        for (var pool : live.values()) {
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
        live.values()
                .forEach(pool -> pool.servers()
                        .suspect(server -> server.endpoint().socket().equals(silent.socket())));
    }

    void retireAll(PgError why) {
        live.values().forEach(pool -> pool.servers().retire(why));
    }
}
