package io.pgdoorman.pooler.ldap;

import io.pgdoorman.pooler.tls.Authorities;
import io.pgdoorman.pooler.tls.Keeper;
import io.pgdoorman.pooler.tls.TlsException;
import java.nio.file.Path;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Whom directories have to be certified by: the file is looked at for each login, and read when it has changed. One
/// that cannot be used leaves the last good one. Any thread, guarded by this object; blocks.
final class DirectoryTrust {
    private static final Logger LOG = LoggerFactory.getLogger(DirectoryTrust.class);

    private final Path file;
    private @Nullable Keeper<SSLContext> kept;

    DirectoryTrust(Path file) {
        this.file = file;
    }

    /// @throws TlsException while the file has never been good
    synchronized SSLContext context() throws TlsException {
        var keeper = kept;
        if (keeper == null) {
            keeper = new Keeper<>(
                    List.of(file), () -> Authorities.read(file, null).context());
            kept = keeper;
        } else if (keeper.look() instanceof Keeper.Change.Refused<SSLContext>(var reason)) {
            LOG.atError()
                    .setMessage("authorities of directories cannot be used, the last good ones stay")
                    .addKeyValue("reason", reason)
                    .log();
        }
        return keeper.made();
    }
}
