package io.pgdoorman.operator.app;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What `operator run` is told: a flag wins over its environment variable.
///
/// @param namespaces watched ones; empty means all
/// @param lease what only the holder of works, null if all do
/// @param poolerImage what pools run that name no image
record Settings(
        Set<String> namespaces, @Nullable String lease, String leaseNamespace, int httpPort, String poolerImage) {

    /// Each operator of a namespace needs one of its own, as two releases of the chart.
    static final String LEASE = "pgdoorman-operator";

    private static final Map<String, String> VARIABLES = Map.of(
            "namespaces", "OPERATOR_NAMESPACES",
            "leader-election", "OPERATOR_LEADER_ELECTION",
            "lease", "OPERATOR_LEASE",
            "lease-namespace", "OPERATOR_NAMESPACE",
            "http-port", "OPERATOR_HTTP_PORT",
            "pooler-image", "OPERATOR_POOLER_IMAGE");

    private static final int MAX_PORT = 65_535;

    static final String USAGE = """
        usage: operator run [--namespaces=A,B] [--leader-election=true|false] [--lease=NAME]
                            [--lease-namespace=NAME] [--http-port=PORT] [--pooler-image=IMAGE]
               operator local --manifests=FOLDER --state=FOLDER --pooler=SCRIPT [--service=NAME=HOST:PORT]...
                            [--control-port=PORT]
               operator diff -f FILE [--from=FILE]
               operator console [--sum] NAMESPACE/POOL COMMAND...

        run: the pools of a Kubernetes cluster. Without namespaces all are watched; port 0 is a free one. Each flag
        has an environment variable: OPERATOR_NAMESPACES, OPERATOR_LEADER_ELECTION, OPERATOR_LEASE,
        OPERATOR_NAMESPACE, OPERATOR_HTTP_PORT, OPERATOR_POOLER_IMAGE.
        local: the pools of a folder, as processes of this machine; --service says where a Service leads.
        diff: what the pools of a file would do to pods: none, scale, hot or roll, field by field, compared with those of
        another file, and the hash for the annotation pgdoorman.io/approve-hash. Ends with 0 if nothing differs, 1 if
        something does, 2 if a manifest is not valid.
        console: a command of the admin console, as SHOW POOLS, to every pod of a pool at once; with --sum, rows that
        differ in numbers only are added up. Runs where pods can be reached, as in the operator's own pod:
        kubectl exec deploy/pgdoorman-operator -- /opt/operator/bin/operator console shop/main show pools
        """;

    /// A command line that cannot be understood.
    static final class UsageException extends Exception {
        private static final long serialVersionUID = 1L;

        UsageException(String message) {
            super(message);
        }
    }

    static Settings read(List<String> flags, Map<String, String> environment) throws UsageException {
        var values = new HashMap<String, String>();
        VARIABLES.forEach((flag, variable) -> {
            var value = environment.getOrDefault(variable, "");
            if (!value.isBlank()) {
                values.put(flag, value);
            }
        });
        for (var flag : flags) {
            var equals = flag.indexOf('=');
            var name = flag.substring(0, equals < 0 ? flag.length() : equals);
            if (!name.startsWith("--") || !VARIABLES.containsKey(name.substring(2))) {
                throw new UsageException("unknown argument " + flag);
            }
            values.put(name.substring(2), equals < 0 ? "true" : flag.substring(equals + 1));
        }
        return new Settings(
                names(values.getOrDefault("namespaces", "")),
                isTrue(values.getOrDefault("leader-election", "false")) ? values.getOrDefault("lease", LEASE) : null,
                values.getOrDefault("lease-namespace", "default"),
                port("http-port", values.getOrDefault("http-port", "8080")),
                values.getOrDefault("pooler-image", "pgdoorman/pooler:dev"));
    }

    private static Set<String> names(String list) {
        return Arrays.stream(list.split(","))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .collect(Collectors.toUnmodifiableSet());
    }

    private static boolean isTrue(String value) throws UsageException {
        return switch (value) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new UsageException("--leader-election is true or false, not " + value);
        };
    }

    static int port(String flag, String value) throws UsageException {
        try {
            var port = Integer.parseInt(value);
            if (port >= 0 && port <= MAX_PORT) {
                return port;
            }
        } catch (NumberFormatException _) {
            // falls through to the same message
        }
        throw new UsageException("--" + flag + " is a number up to " + MAX_PORT + ", not " + value);
    }
}
