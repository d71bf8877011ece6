package io.pgdoorman.pooler.reload;

import io.pgdoorman.config.read.Fault;
import io.pgdoorman.pooler.tls.Provider;
import io.pgdoorman.pooler.tls.TlsException;
import io.pgdoorman.pooler.token.TokenCheck;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Executor;

/// Certificates, keys and checks that a configuration names and that live on files or servers of others. Guarded by the
/// reloader's lock.
final class Materials {
    private final Path file;
    private final DoorMaterial door;
    private final TokenKeys keys;
    private final TokenCheck.Means means;

    /// Of a configuration that is about to be live.
    record Prepared(DoorMaterial.Prepared door, TokenKeys.Prepared keys, OutsideChecks.Made checks) {}

    /// @param crypto where signatures are verified
    Materials(Path file, Provider tls, TokenKeys keys, Executor crypto) {
        this.file = file;
        this.door = new DoorMaterial(tls);
        this.keys = keys;
        this.means = new TokenCheck.Means(crypto, InstantSource.system());
    }

    DoorMaterial door() {
        return door;
    }

    /// Reads what the configuration names.
    ///
    /// @throws InvalidConfigException when it cannot be used
    Prepared prepare(Blueprint blueprint) throws InvalidConfigException {
        var folder = file.toAbsolutePath().getParent();
        try {
            var certificates = door.prepare(blueprint.config().general().tls(), folder == null ? file : folder);
            var wanted = keys.prepare();
            return new Prepared(certificates, wanted, new OutsideChecks(file, blueprint, wanted, means).make());
        } catch (TlsException unusable) {
            throw new InvalidConfigException(
                    List.of(new Fault(file.toString(), "general.tls_certificate", null, unusable.text())));
        }
    }

    void apply(Prepared prepared) {
        door.apply(prepared.door());
        keys.apply(prepared.keys());
    }

    /// Looks whether files have changed; blocks.
    void look() {
        door.look();
        keys.look();
    }
}
