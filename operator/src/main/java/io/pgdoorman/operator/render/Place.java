package io.pgdoorman.operator.render;

import org.jspecify.annotations.Nullable;

/// Where a pooler runs, as far as its configuration names it.
///
/// @param listenHost address for clients
/// @param webHost address of probes, metrics and the control endpoint
/// @param folder absolute path of the folder that holds the secret files
/// @param serviceDomain what follows the name of a Service, null where there are no Services
/// @param peers name that leads to all poolers of the pool, null where there is none
public record Place(
        String listenHost,
        String webHost,
        int webPort,
        String folder,
        @Nullable String serviceDomain,
        @Nullable String peers) {

    /// Folder of the configuration and its secrets in a pod.
    public static final String POD_FOLDER = "/etc/pgdoorman";

    /// Port of probes, metrics and the control endpoint in a pod.
    public static final int POD_WEB_PORT = 9127;

    /// Port of a pod for those who only read.
    public static final int POD_READ_ONLY_PORT = 9128;

    /// Ends the name of the Service that leads to each pod of a pool.
    public static final String PEERS = "-peers";

    /// The same for every pod of a pool.
    public static Place pod(String namespace, String pool) {
        var domain = namespace + ".svc";
        return new Place("0.0.0.0", "0.0.0.0", POD_WEB_PORT, POD_FOLDER, domain, pool + PEERS + "." + domain);
    }
}
