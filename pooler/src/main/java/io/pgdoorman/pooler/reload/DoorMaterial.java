package io.pgdoorman.pooler.reload;

import io.pgdoorman.config.ClientTls;
import io.pgdoorman.pooler.client.Building;
import io.pgdoorman.pooler.stats.CertificateSnapshot;
import io.pgdoorman.pooler.tls.DoorTls;
import io.pgdoorman.pooler.tls.Keeper;
import io.pgdoorman.pooler.tls.Provider;
import io.pgdoorman.pooler.tls.TlsException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The certificates that one port shows, followed to their files: new ones are used as soon as they are good,
/// and until then the last good ones. Guarded by the reloader's lock; what is live may be asked by any
/// thread.
final class DoorMaterial {
    private static final Logger LOG = LoggerFactory.getLogger(DoorMaterial.class);

    private final Supplier<Provider> provider;
    private final String role;
    private @Nullable Prepared current;
    private volatile Building.LiveTls live = Building.LiveTls.NONE;

    /// Material of a configuration that is about to be live.
    ///
    /// @param keeper null where TLS is not offered
    record Prepared(
            ClientTls config,
            DoorTls.@Nullable Settings settings,
            @Nullable Keeper<DoorTls> keeper) {}

    /// @param role whom the certificate is shown to, as metrics and `SHOW` call it
    DoorMaterial(Supplier<Provider> provider, String role) {
        this.provider = provider;
        this.role = role;
    }

    /// Reads what the configuration names; files that were in use before stay in use when they are faulty now.
    ///
    /// @param folder where relative paths start
    /// @throws TlsException when new files are faulty
    Prepared prepare(ClientTls config, Path folder) throws TlsException {
        if (!config.isOffered()) {
            return new Prepared(config, null, null);
        }
        var settings = settings(config, folder);
        var before = current;
        if (before != null && settings.equals(before.settings)) {
            return new Prepared(config, settings, before.keeper);
        }
        return new Prepared(config, settings, new Keeper<>(settings.files(), () -> DoorTls.of(settings, provider)));
    }

    void apply(Prepared prepared) {
        current = prepared;
        look();
        publish();
    }

    /// Looks whether files have changed; blocks.
    void look() {
        var now = current;
        if (now == null || now.keeper == null) {
            return;
        }
        switch (now.keeper.look()) {
            case Keeper.Change.Same<DoorTls> _ -> {}
            case Keeper.Change.Renewed<DoorTls>(var made) -> {
                publish();
                LOG.atInfo()
                        .setMessage("certificate read anew")
                        .addKeyValue("role", role)
                        .addKeyValue("subject", made.certificates().getFirst().subject())
                        .addKeyValue("until", made.certificates().getFirst().until())
                        .log();
            }
            case Keeper.Change.Refused<DoorTls>(var reason) ->
                LOG.atError()
                        .setMessage("certificate refused, the old one stays in use")
                        .addKeyValue("role", role)
                        .addKeyValue("reason", reason)
                        .log();
        }
    }

    /// The certificates in use, and what keeps newer ones out.
    List<CertificateSnapshot> certificates() {
        var now = current;
        if (now == null || now.keeper == null) {
            return List.of();
        }
        var fault = now.keeper.fault();
        return now.keeper.made().certificates().stream()
                .map(one -> new CertificateSnapshot(
                        one.role().replaceFirst("^client", role),
                        one.file(),
                        one.subject(),
                        one.issuer(),
                        one.serial().toString(16),
                        one.from(),
                        one.until(),
                        fault))
                .toList();
    }

    /// What the next connection gets.
    Building.LiveTls live() {
        return live;
    }

    private void publish() {
        var now = current;
        if (now != null) {
            live = new Building.LiveTls(
                    Optional.ofNullable(now.keeper).map(Keeper::made),
                    now.config.mode().demandsTls(),
                    now.config.handshakesPerSecond(),
                    switch (now.config.cleartext()) {
                        case TLS -> Building.Cleartext.TLS;
                        case LOOPBACK -> Building.Cleartext.LOOPBACK;
                        case ANYWHERE -> Building.Cleartext.ANYWHERE;
                    });
        }
    }

    private static DoorTls.Settings settings(ClientTls config, Path folder) {
        var files = config.files();
        return new DoorTls.Settings(
                folder.resolve(files.certificate().orElseThrow()),
                folder.resolve(files.key().orElseThrow()),
                files.authorities().map(folder::resolve).orElse(null),
                files.revocations().map(folder::resolve).orElse(null),
                config.mode().demandsCertificate(),
                config.strength().oldest().equals("1.3") ? List.of("TLSv1.3") : List.of("TLSv1.2", "TLSv1.3"),
                config.strength().ciphers());
    }
}
