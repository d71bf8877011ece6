package io.pgdoorman.pooler.hba;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/// What HBA rules are asked about; `address` is null only for a Unix socket.
///
/// @param physicalReplication a walsender that belongs to no database: only the word `replication` fits it
public record HbaRequest(
        boolean tls, @Nullable InetAddress address, String database, String user, boolean physicalReplication) {
    /// An ordinary login.
    public HbaRequest(boolean tls, @Nullable InetAddress address, String database, String user) {
        this(tls, address, database, user, false);
    }

    /// The same of another user.
    public HbaRequest as(String other) {
        return new HbaRequest(tls, address, database, other, physicalReplication);
    }

    /// The same of another database.
    public HbaRequest in(String other) {
        return new HbaRequest(tls, address, other, user, physicalReplication);
    }

    boolean local() {
        return address == null;
    }
}
