package io.pgdoorman.pooler.reload;

import io.pgdoorman.pooler.net.Loop;
import io.pgdoorman.pooler.net.Loops;
import io.pgdoorman.pooler.patroni.Fallback;
import io.pgdoorman.pooler.patroni.Fallbacks;
import io.pgdoorman.pooler.pool.ServerSource;
import io.pgdoorman.pooler.server.ConnectFailure;
import io.pgdoorman.pooler.server.ServerConnection;
import io.pgdoorman.pooler.server.ServerConnector;
import io.pgdoorman.pooler.server.ServerSettings;
import io.pgdoorman.pooler.stats.PoolStats;
import io.pgdoorman.pooler.stats.ServerTrouble;
import io.pgdoorman.pooler.stats.SlowLog;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes the servers of one pool, always by the newest settings.
final class PoolSource implements ServerSource<ServerConnection> {
    private static final Logger LOG = LoggerFactory.getLogger(PoolSource.class);

    private final Loops loops;
    private final Fallback fallback;
    private final PoolStats stats;
    private final LongSupplier clock;
    private volatile ServerSettings settings;
    private volatile Consumer<ServerConnection> closed = _ -> {};
    private volatile Runnable refused = () -> {};

    PoolSource(Engine engine, PoolStats stats, ServerSettings settings) {
        this.loops = engine.loops();
        this.fallback = engine.fallbacks().of(stats.database());
        this.clock = engine.clock();
        this.stats = stats;
        this.settings = settings;
    }

    /// What a pool needs from the process around it.
    record Engine(Loops loops, ServerConnector connector, Fallbacks fallbacks, SlowLog slow, LongSupplier clock) {}

    /// Who is told when a connection is gone.
    void onClosed(Consumer<ServerConnection> watcher) {
        closed = watcher;
    }

    /// Who is told when PostgreSQL refuses a login for good.
    void onRefused(Runnable watcher) {
        refused = watcher;
    }

    ServerSettings settings() {
        return settings;
    }

    void apply(ServerSettings changed) {
        settings = changed;
    }

    @Override
    public void connect(int loop, Callback<ServerConnection> callback) {
        long began = clock.getAsLong();
        var asked = settings;
        fallback.connect(asked, loops.loop(loop), new ServerConnector.Callback() {
            @Override
            public void connected(ServerConnection server) {
                stats.serverConnected(clock.getAsLong() - began);
                if (!server.settings().login().isLike(asked.login())) {
                    letInByFormer();
                }
                callback.connected(server);
                stats.encryptedServers(server.isEncrypted() ? 1 : 0);
                server.onClosed(gone -> {
                    stats.encryptedServers(gone.isEncrypted() ? -1 : 0);
                    closed.accept(gone);
                });
            }

            @Override
            public void failed(ConnectFailure failure) {
                stats.serverLoginFailed();
                if (failure.trouble() != null) {
                    stats.serverTrouble(
                            new ServerTrouble(failure.trouble(), failure.error().message(), clock.getAsLong()));
                }
                LOG.atWarn()
                        .setMessage("no connection to server")
                        .addKeyValue("database", stats.database())
                        .addKeyValue("user", stats.user())
                        .addKeyValue("reason", failure.error().message())
                        .log();
                if (!failure.temporary()) {
                    refused.run();
                }
                callback.failed(failure);
            }
        });
    }

    private void letInByFormer() {
        stats.formerLogin();
        LOG.atWarn()
                .setMessage("server refused the password and took the one before: role and configuration differ")
                .addKeyValue("database", stats.database())
                .addKeyValue("user", stats.user())
                .log();
    }

    /// Opens a walsender, which is the client's own: with its settings, and in no pool. While nobody is at home it is
    /// another member's, as all servers are; whether that has the slot PostgreSQL says.
    void replicate(Map<String, String> asked, Loop loop, ServerConnector.Callback callback) {
        var now = settings;
        var parameters = new LinkedHashMap<>(now.startupParameters());
        parameters.putAll(asked);
        fallback.connect(now.with(parameters), loop, callback);
    }

    @Override
    public boolean isReady() {
        return settings.login().credentials().isReady();
    }

    @Override
    public void run(int loop, Runnable task) {
        loops.loop(loop).run(task);
    }

    @Override
    public void later(Runnable task, long delayNanos) {
        loops.loop(0).later(task, delayNanos);
    }

    @Override
    public int loops() {
        return loops.count();
    }
}
