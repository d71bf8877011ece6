package io.pgdoorman.pooler.reload;

import io.pgdoorman.config.PoolConfig;
import io.pgdoorman.config.PoolerConfig;
import io.pgdoorman.config.UserConfig;
import io.pgdoorman.pooler.auth.TokenSigner;
import io.pgdoorman.pooler.client.ClientPool;
import io.pgdoorman.pooler.client.Clients;
import io.pgdoorman.pooler.pool.Coordinator;
import io.pgdoorman.pooler.pool.Pool;
import io.pgdoorman.pooler.server.Credentials;
import io.pgdoorman.pooler.server.ServerSettings;
import io.pgdoorman.pooler.server.ServerTls;
import io.pgdoorman.pooler.stats.PoolStats;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/// Makes a pool by its plan, or changes one to be as its plan says.
final class PoolMaker {
    private final PoolSource.Engine engine;
    private final Clients clients;
    private volatile ServerMaterial.Prepared encryption = ServerMaterial.Prepared.NONE;

    PoolMaker(PoolSource.Engine engine, Clients clients) {
        this.engine = engine;
        this.clients = clients;
    }

    /// TLS of servers, as the pools that are made from now on have it.
    void encrypt(ServerMaterial.Prepared tls) {
        encryption = tls;
    }

    /// TLS of the servers of a pool.
    ServerTls encryption(String pool) {
        return encryption.of(pool);
    }

    /// What a pool is to be made of.
    record Plan(PoolerConfig config, PoolConfig pool, UserConfig user, Coordinator coordinator, Secrets secrets) {}

    /// @param password of the client, or what is stored in its place
    /// @param server password on PostgreSQL; null where the client's own proof is passed on
    /// @param signer of tokens that stand in its place; null where there is a password
    /// @param previous of the client, beside it; empty if there is none
    record Secrets(
            String password,
            @Nullable String server,
            @Nullable TokenSigner signer,
            String previous) {
        @Override
        public String toString() {
            return "Secrets[***]";
        }
    }

    /// @param before the pool as it is; it keeps its identity
    LivePool make(Plan plan, @Nullable LivePool before) {
        var config = plan.config();
        var pool = plan.pool();
        var user = plan.user();
        var signer = plan.secrets().signer();
        var credentials = signer != null
                ? new Credentials.Token(signer)
                : Translation.credentials(
                        plan.secrets().password(),
                        plan.secrets().server(),
                        before == null ? null : before.clients().behaviour().credentials());
        var server = FormerPasswords.beside(
                Translation.server(config, pool, user, credentials).with(encryption(pool.name())),
                before == null ? null : before.source().settings(),
                plan.secrets().server() == null && signer == null
                        ? plan.secrets().previous()
                        : "",
                engine.clock().getAsLong());
        var behaviour = new ClientPool.Behaviour(
                Translation.relay(config, pool, user),
                Translation.session(pool, user),
                credentials,
                Translation.timeouts(user),
                Translation.caps(user));
        if (before != null) {
            change(before, plan, behaviour, server);
            return before;
        }
        var stats = new PoolStats(pool.name(), user.username(), engine.slow());
        var source = new PoolSource(engine, stats, server);
        var servers = new Pool<>(
                new Pool.Parts<>(
                        "database \"" + pool.name() + "\", user \"" + user.username() + "\"",
                        source,
                        plan.coordinator(),
                        engine.clock(),
                        () -> ThreadLocalRandom.current().nextDouble()),
                Translation.pool(config, pool, user));
        source.onClosed(servers::closed);
        var made = new ClientPool(
                servers,
                stats,
                behaviour,
                engine.loops().count(),
                pool.prepare().poolCacheSize(),
                clients.statementMemory());
        made.replicateBy(new CappedWalsenders(servers, source::replicate));
        shortcut(config, made);
        return new LivePool(made, source);
    }

    private void change(LivePool before, Plan plan, ClientPool.Behaviour behaviour, ServerSettings server) {
        boolean moved = !before.source().settings().hosts().equals(server.hosts())
                || !before.source().settings().tls().equals(server.tls())
                || !before.source().settings().login().isLike(server.login())
                || !before.source().settings().startupParameters().equals(server.startupParameters());
        before.source().apply(server);
        boolean otherTimeouts = !before.clients().behaviour().timeouts().equals(behaviour.timeouts());
        before.clients().behave(behaviour);
        shortcut(plan.config(), before.clients());
        if (otherTimeouts) {
            clients.timeoutsChanged(before.clients());
        }
        var prepare = plan.pool().prepare();
        before.clients().rememberStatements(prepare.poolCacheSize(), prepare.serverCacheSize());
        before.servers().apply(Translation.pool(plan.config(), plan.pool(), plan.user()));
        if (moved) {
            before.clients().forgetGreetings();
            var _ = before.servers().reconnect();
        }
    }

    private static void shortcut(PoolerConfig config, ClientPool pool) {
        var relay = config.general().relay();
        pool.shortcut(relay.deferBegin() && !pool.behaviour().relay().sessionMode(), relay.checkQuery());
    }
}
