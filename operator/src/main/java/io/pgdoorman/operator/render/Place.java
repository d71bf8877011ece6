package io.pgdoorman.operator.render;

import org.jspecify.annotations.Nullable;

/// Where a pooler runs, as far as its configuration names it.
///
/// @param listenHost address for clients
/// @param webHost address of probes, metrics and the control endpoint
/// @param folder absolute path of the folder that holds the secret files
/// @param serviceDomain what follows the name of a Service, null where there are no Services
public record Place(
        String listenHost,
        String webHost,
        int webPort,
        String folder,
        @Nullable String serviceDomain) {

    /// Folder of the configuration and its secrets in a pod.
    public static final String POD_FOLDER = "/etc/pgdoorman";

    /// Port of probes, metrics and the control endpoint in a pod.
    public static final int POD_WEB_PORT = 9127;

    /// Port of a pod for those who only read.
    public static final int POD_READ_ONLY_PORT = 9128;

    /// The same for every pod of a namespace.
    public static Place pod(String namespace) {
        return new Place("0.0.0.0", "0.0.0.0", POD_WEB_PORT, POD_FOLDER, namespace + ".svc");
    }
}
