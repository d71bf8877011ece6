package io.pgdoorman.pooler.reload;

import io.pgdoorman.config.PoolConfig;
import io.pgdoorman.config.PoolerConfig;
import io.pgdoorman.config.read.Fault;
import io.pgdoorman.pooler.server.ServerTls;
import io.pgdoorman.pooler.stats.CertificateSnapshot;
import io.pgdoorman.pooler.tls.Authorities;
import io.pgdoorman.pooler.tls.CertificateInfo;
import io.pgdoorman.pooler.tls.Keeper;
import io.pgdoorman.pooler.tls.PostgresTls;
import io.pgdoorman.pooler.tls.TlsException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What pools believe and show when they connect to PostgreSQL, followed to its files: new ones are used as soon as
/// they are good, and until then the last good ones. Pools of the same settings share it. Guarded by the reloader's
/// lock; what is live may be asked by any thread.
final class ServerMaterial {
    private static final Logger LOG = LoggerFactory.getLogger(ServerMaterial.class);

    private final PostgresTls.Means means;
    private Prepared current = Prepared.NONE;

    /// Material of a configuration that is about to be live.
    ///
    /// @param pools by name
    /// @param patroni files of the authorities of its certificates, by pool
    record Prepared(Map<PostgresTls.Settings, Entry> entries, Map<String, ServerTls> pools, Map<String, Path> patroni) {
        /// No TLS.
        static final Prepared NONE = new Prepared(Map.of(), Map.of(), Map.of());

        ServerTls of(String pool) {
            return pools.getOrDefault(pool, ServerTls.NONE);
        }
    }

    ServerMaterial(PostgresTls.Means means) {
        this.means = means;
    }

    /// Reads what the configuration names; files that were in use before stay in use when they are faulty now.
    ///
    /// @param file the configuration's own; relative paths start in its folder
    /// @throws InvalidConfigException when new files are faulty
    Prepared prepare(Path file, PoolerConfig config) throws InvalidConfigException {
        var folder = file.toAbsolutePath().getParent();
        var entries = new LinkedHashMap<PostgresTls.Settings, Entry>();
        var pools = new HashMap<String, ServerTls>();
        var patroni = new HashMap<String, Path>();
        for (var pool : config.pools().values()) {
            var authorities = patroniAuthorities(file, pool);
            if (authorities != null) {
                patroni.put(pool.name(), authorities);
            }
            var mode = Translation.mode(pool.tls());
            if (mode == ServerTls.Mode.DISABLE) {
                continue;
            }
            var settings = Translation.settings(pool.tls(), folder == null ? file : folder);
            var entry = entries.get(settings);
            if (entry == null) {
                entry = entry(file, pool.name(), settings);
                entries.put(settings, entry);
            }
            pools.put(pool.name(), new ServerTls(mode, entry));
        }
        return new Prepared(entries, pools, patroni);
    }

    /// Read once for a trial: whoever asks Patroni reads them anew.
    private static @Nullable Path patroniAuthorities(Path file, PoolConfig pool) throws InvalidConfigException {
        var named = pool.patroni().authorities();
        if (named.isEmpty()) {
            return null;
        }
        var path = file.toAbsolutePath().resolveSibling(named.get()).normalize();
        try {
            Authorities.read(path, null);
            return path;
        } catch (TlsException unusable) {
            throw new InvalidConfigException(List.of(new Fault(
                    file.toString(), "pools." + pool.name() + ".patroni_api_ca_cert", null, unusable.text())));
        }
    }

    private Entry entry(Path file, String pool, PostgresTls.Settings settings) throws InvalidConfigException {
        var before = current.entries().get(settings);
        if (before != null) {
            return before;
        }
        try {
            return new Entry(new Keeper<>(settings.files(), () -> PostgresTls.of(settings, means)));
        } catch (TlsException unusable) {
            throw new InvalidConfigException(
                    List.of(new Fault(file.toString(), "pools." + pool, null, "server_tls: " + unusable.text())));
        }
    }

    void apply(Prepared prepared) {
        current = prepared;
        look();
    }

    /// Looks whether files have changed; blocks.
    void look() {
        current.entries().values().forEach(Entry::look);
    }

    /// The certificates in use, and what keeps newer ones out.
    List<CertificateSnapshot> certificates() {
        return current.entries().values().stream()
                .flatMap(Entry::certificates)
                .distinct()
                .toList();
    }

    /// One set of files.
    static final class Entry implements Supplier<PostgresTls> {
        private final Keeper<PostgresTls> keeper;
        private volatile PostgresTls live;

        Entry(Keeper<PostgresTls> keeper) {
            this.keeper = keeper;
            this.live = keeper.made();
        }

        /// What the next connection gets.
        @Override
        public PostgresTls get() {
            return live;
        }

        private void look() {
            switch (keeper.look()) {
                case Keeper.Change.Same<PostgresTls> _ -> {}
                case Keeper.Change.Renewed<PostgresTls>(var made) -> {
                    live = made;
                    for (var one : made.certificates()) {
                        LOG.atInfo()
                                .setMessage("certificate for PostgreSQL read anew")
                                .addKeyValue("file", one.file())
                                .addKeyValue("subject", one.subject())
                                .addKeyValue("until", one.until())
                                .log();
                    }
                }
                case Keeper.Change.Refused<PostgresTls>(var reason) ->
                    LOG.atError()
                            .setMessage("certificate for PostgreSQL refused, the old one stays in use")
                            .addKeyValue("reason", reason)
                            .log();
            }
        }

        private Stream<CertificateSnapshot> certificates() {
            var fault = keeper.fault();
            return keeper.made().certificates().stream().map(one -> snapshot(one, fault));
        }
    }

    /// @param fault why newer ones are not in use; null when there are none
    static CertificateSnapshot snapshot(CertificateInfo one, @Nullable String fault) {
        return new CertificateSnapshot(
                one.role(),
                one.file(),
                one.subject(),
                one.issuer(),
                one.serial().toString(16),
                one.from(),
                one.until(),
                fault);
    }
}
