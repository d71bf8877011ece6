package io.pgdoorman.pooler.reload;

import io.pgdoorman.config.read.Fault;
import io.pgdoorman.pooler.auth.BlockingCheck;
import io.pgdoorman.pooler.pam.Pam;
import io.pgdoorman.pooler.stats.CertificateSnapshot;
import io.pgdoorman.pooler.stats.TokenKeysSnapshot;
import io.pgdoorman.pooler.tls.PostgresTls;
import io.pgdoorman.pooler.tls.Provider;
import io.pgdoorman.pooler.tls.TlsException;
import io.pgdoorman.pooler.token.TokenCheck;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// Certificates, keys and checks that a configuration names and that live on files or servers of others. Guarded by the
/// reloader's lock.
final class Materials {
    /// Questions to one kind of others at once.
    private static final int MOST_BLOCKED = 16;

    private static final int MOST_WAITING = 1024;

    private final Path file;
    private final DoorMaterial door;
    private final DoorMaterial web;
    private final ServerMaterial servers;
    private final TokenKeys keys;
    private final OutsideChecks.Means means;

    /// Of a configuration that is about to be live.
    record Prepared(
            DoorMaterial.Prepared door,
            DoorMaterial.Prepared web,
            ServerMaterial.Prepared servers,
            TokenKeys.Prepared keys,
            OutsideChecks.Made checks) {}

    /// @param crypto where signatures are verified and handshakes compute
    /// @param clock nanoseconds
    Materials(Path file, Supplier<Provider> tls, Executor crypto, LongSupplier clock) {
        this.file = file;
        this.door = new DoorMaterial(tls, "client");
        this.web = new DoorMaterial(tls, "web");
        this.servers = new ServerMaterial(new PostgresTls.Means(tls, crypto));
        this.keys = new TokenKeys(clock);
        this.means = new OutsideChecks.Means(
                TokenCheck.Means.of(crypto, InstantSource.system()),
                new OutsideChecks.Threads(
                        new BlockingCheck.Means(threads("ldap-"), clock),
                        new BlockingCheck.Means(threads("pam-"), clock),
                        new BlockingCheck.Means(threads("radius-"), clock),
                        new BlockingCheck.Means(threads("gss-"), clock)),
                new PamLibrary(Pam.LIBRARY));
    }

    /// Few threads for what blocks, gone when there is nothing to do; what does not fit into their queue is refused.
    private static Executor threads(String name) {
        var pool = new ThreadPoolExecutor(
                MOST_BLOCKED,
                MOST_BLOCKED,
                30,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(MOST_WAITING),
                Thread.ofPlatform().name(name, 0).daemon().factory());
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    DoorMaterial door() {
        return door;
    }

    /// Certificates of the control server's port.
    DoorMaterial web() {
        return web;
    }

    /// The certificates in use, on both sides.
    List<CertificateSnapshot> certificates() {
        var all = new ArrayList<>(door.certificates());
        all.addAll(web.certificates());
        all.addAll(servers.certificates());
        return all;
    }

    List<TokenKeysSnapshot> tokenKeys() {
        return keys.snapshots();
    }

    /// Reads what the configuration names.
    ///
    /// @throws InvalidConfigException when it cannot be used
    Prepared prepare(Blueprint blueprint) throws InvalidConfigException {
        var parent = file.toAbsolutePath().getParent();
        var folder = parent == null ? file : parent;
        var config = blueprint.config();
        var path = "general.tls_certificate";
        try {
            var certificates = door.prepare(config.general().tls(), folder);
            path = "web.tls_certificate";
            var webs = web.prepare(config.web().tls(), folder);
            path = "general.tls_certificate";
            var toServers = servers.prepare(file, config);
            var wanted = keys.prepare();
            return new Prepared(
                    certificates, webs, toServers, wanted, new OutsideChecks(file, blueprint, wanted, means).make());
        } catch (TlsException unusable) {
            throw new InvalidConfigException(List.of(new Fault(file.toString(), path, null, unusable.text())));
        }
    }

    void apply(Prepared prepared) {
        door.apply(prepared.door());
        web.apply(prepared.web());
        servers.apply(prepared.servers());
        keys.apply(prepared.keys());
    }

    /// Looks whether files have changed; blocks.
    void look() {
        door.look();
        web.look();
        servers.look();
        keys.look();
    }
}
