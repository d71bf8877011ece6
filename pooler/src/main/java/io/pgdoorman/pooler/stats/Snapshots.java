package io.pgdoorman.pooler.stats;

import java.util.List;

/// All pools, clients and servers as they are now; filled by `app`, called from threads of `http` and `admin`.
public interface Snapshots {

    List<PoolSnapshot> pools();

    List<ClientSnapshot> clients();

    List<ServerSnapshot> servers();
}
