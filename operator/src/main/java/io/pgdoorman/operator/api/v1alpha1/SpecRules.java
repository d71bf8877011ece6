package io.pgdoorman.operator.api.v1alpha1;

import io.fabric8.kubernetes.api.model.Quantity;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The CRD's CEL rules once more in Java, for manifests that no API server has seen and for what CEL cannot say.
public final class SpecRules {

    /// The user with which the operator talks to the poolers.
    public static final String ADMIN_USER = "pgdoorman-admin";

    private static final BigDecimal LEAST_MEMORY = BigDecimal.valueOf(1 << 20);

    private final List<Problem> problems = new ArrayList<>();

    private SpecRules() {}

    /// All that is wrong with a spec that fits the schema.
    public static List<Problem> check(DoormanPoolSpec spec) {
        var rules = new SpecRules();
        spec.servers().forEach(rules::server);
        rules.databases(spec);
        AuthRules.check(spec, rules::refuse);
        PodRules.check(spec, rules::refuse);
        ExtraRules.check(spec, rules::refuse);
        rules.pause(spec);
        rules.clientTls(spec.tls().client());
        rules.access(spec);
        rules.times(spec);
        rules.autoscaling(spec.autoscaling());
        var most = spec.budget().maxServerConnections();
        if (most != null && spec.budget().reserve() >= most) {
            rules.refuse("spec.budget.surgeReserve", "must be less than maxServerConnections, which is " + most);
        }
        if (most == null && spec.budget().share() == BudgetSpec.Share.ByDemand) {
            rules.refuse("spec.budget", BudgetSpec.SHARES_NOTHING);
        }
        if (spec.readOnlyService().enabled()
                && spec.databases().stream()
                        .allMatch(database -> database.replicas().isEmpty())) {
            rules.refuse("spec", ReadOnlyServiceSpec.LEADS_NOWHERE);
        }
        if (spec.image() != null && spec.version() != null) {
            rules.refuse("spec", DoormanPoolSpec.TWO_IMAGES);
        }
        if (spec.rollout().maxSurge() == 0 && spec.rollout().maxUnavailable() == 0) {
            rules.refuse("spec.rollout", "maxSurge and maxUnavailable must not both be 0");
        }
        return List.copyOf(rules.problems);
    }

    private void refuse(String path, String message) {
        problems.add(new Problem(path, message));
    }

    private void server(ServerSpec server) {
        if ((server.host() == null) == (server.serviceRef() == null)) {
            refuse("spec.servers[" + server.name() + "]", "a server needs exactly one of host and serviceRef");
        }
        var tls = server.tls();
        if (tls != null) {
            serverTls("spec.servers[" + server.name() + "].tls", tls);
        }
    }

    private void serverTls(String path, ServerTlsSpec tls) {
        if (tls.mode().isVerified() != (tls.caSecretRef() != null)) {
            refuse(path, ServerTlsSpec.CA_AND_MODE);
        }
        if (tls.mode() == ServerTlsSpec.Mode.Disable && tls.certSecretRef() != null) {
            refuse(path, ServerTlsSpec.CERT_UNUSED);
        }
        if (tls.crlSecretRef() != null && tls.caSecretRef() == null) {
            refuse(path, ServerTlsSpec.CRL_ALONE);
        }
    }

    private void databases(DoormanPoolSpec spec) {
        var servers = new HashSet<String>();
        spec.servers().forEach(server -> servers.add(server.name()));
        for (var database : spec.databases()) {
            var path = "spec.databases[" + database.name() + "]";
            if (database.name().equals("pgdoorman") || database.name().equals("pgbouncer")) {
                refuse(path + ".name", "this name is the admin console's");
            }
            known(path + ".serverRefs", database.serverRefs(), servers);
            known(path + ".readOnlyServerRefs", database.replicas(), servers);
            together(path + ".serverRefs", spec, database.serverRefs());
            together(path + ".readOnlyServerRefs", spec, database.replicas());
            beside(path, spec, database);
            var most = database.maxServerConnections();
            var guaranteed = database.minGuaranteed();
            if (most != null && guaranteed != null && guaranteed > most) {
                refuse(path, DatabaseSpec.GUARANTEES_TOO_MUCH);
            }
            if (database.queryWaitTimeout() != null) {
                within(path + ".queryWaitTimeout", database.queryWaitTimeout(), "100ms", "1h");
            }
            if (database.minPoolSize() > database.poolSize()) {
                refuse(
                        path + ".minPoolSize",
                        database.minPoolSize() + " must not be larger than poolSize, which is " + database.poolSize());
            }
        }
    }

    private void known(String path, List<String> references, Set<String> servers) {
        for (var reference : references) {
            if (!servers.contains(reference)) {
                refuse(
                        path,
                        "\"" + reference + "\" is none of servers[], expected one of "
                                + String.join(", ", servers.stream().sorted().toList()));
            }
        }
    }

    /// One pool of connections has one kind of servers.
    private void together(String path, DoormanPoolSpec spec, List<String> references) {
        var servers = spec.servers().stream()
                .filter(server -> references.contains(server.name()))
                .toList();
        if (servers.stream().map(ServerSpec::roleOrAny).distinct().count() > 1) {
            refuse(path, "servers of one database must have the same role");
        }
        if (servers.stream().map(ServerSpec::tls).distinct().count() > 1) {
            refuse(path, "servers of one database must have the same tls");
        }
        if (servers.stream().map(ServerSpec::patroni).distinct().count() > 1) {
            refuse(path, "servers of one database must have the same patroni");
        }
    }

    private void beside(String path, DoormanPoolSpec spec, DatabaseSpec database) {
        var own = database.name() + DatabaseSpec.READ_ONLY;
        if (!database.replicas().isEmpty()
                && spec.databases().stream().anyMatch(other -> other.name().equals(own))) {
            refuse(path + ".readOnlyServerRefs", "are reached as " + own + ", which is a database of its own");
        }
        var part = database.authRef();
        var users = spec.auth().users().stream().map(UserSpec::name).sorted().toList();
        if (part != null && part.users() != null) {
            part.users().forEach(user -> known(path + ".authRef.users", user, "auth.users[]", users));
        }
    }

    private void pause(DoormanPoolSpec spec) {
        var names = spec.databases().stream().map(DatabaseSpec::name).toList();
        var paused = spec.pause().databases();
        if (paused != null && !names.containsAll(paused)) {
            refuse("spec", PauseSpec.UNKNOWN);
        }
        if (spec.replicas() == 0 && !spec.pause().all()) {
            refuse("spec", PauseSpec.NO_PODS);
        }
        var memory = spec.limits().maxMemory();
        if (memory != null && Quantity.getAmountInBytes(memory).compareTo(LEAST_MEMORY) < 0) {
            refuse("spec.limits.maxMemory", memory + " is too little, expected at least 1Mi");
        }
    }

    private void clientTls(TlsSpec.Client tls) {
        if (tls.mode().demandsTls() && tls.certificate() == null) {
            refuse("spec.tls.client", TlsSpec.Client.NEEDS_CERT);
        }
        if (tls.mode().demandsCertificate() && tls.clientCASecretRef() == null) {
            refuse("spec.tls.client", TlsSpec.Client.NEEDS_CA);
        }
        if (tls.clientCASecretRef() != null && tls.certificate() == null) {
            refuse("spec.tls.client", TlsSpec.Client.CA_ALONE);
        }
        if (tls.certSecretRef() != null && tls.issuerRef() != null) {
            refuse("spec.tls.client", TlsSpec.Client.TWO_CERTS);
        }
    }

    private void access(DoormanPoolSpec spec) {
        var databases =
                spec.databases().stream().map(DatabaseSpec::name).sorted().toList();
        var users = spec.auth().users().stream().map(UserSpec::name).sorted().toList();
        for (var rule : spec.access().all()) {
            var path = "spec.access.rules[" + rule.name() + "]";
            if ((rule.from().namespaces() == null) == (rule.from().selector() == null)) {
                refuse(path + ".from", "from needs exactly one of namespaces and selector");
            }
            for (var database : rule.databases()) {
                known(path + ".databases", database, "databases[]", databases);
            }
            for (var role : rule.roles()) {
                known(path + ".roles[" + role.name() + "].user", role.user(), "auth.users[]", users);
            }
        }
    }

    private void known(String path, String name, String list, List<String> names) {
        if (!names.contains(name)) {
            refuse(path, "\"" + name + "\" is none of " + list + ", expected one of " + String.join(", ", names));
        }
    }

    private void times(DoormanPoolSpec spec) {
        var drain = spec.rollout().drain();
        within("spec.limits.queryWaitTimeout", spec.limits().queryWaitTimeout(), "100ms", "1h");
        within("spec.reload.timeout", spec.reload().timeout(), "5s", "10m");
        within("spec.rollout.progressDeadline", spec.rollout().progressDeadline(), "1m", "24h");
        if (GoDuration.parse(spec.rollout().canarySoak())
                        .compareTo(GoDuration.parse(spec.rollout().progressDeadline()))
                >= 0) {
            refuse("spec.rollout", RolloutSpec.SOAKS_TOO_LONG);
        }
        within("spec.rollout.drain.timeout", drain.timeout(), "1s", "24h");
        within("spec.rollout.drain.endpointDelay", drain.endpointDelay(), "0s", "5m");
        if (drain.isSpreadTooLong()) {
            refuse("spec.rollout.drain", DrainSpec.SPREAD_TOO_LONG);
        }
        if (drain.isTooShortForSessions()) {
            refuse("spec.rollout.drain", DrainSpec.SESSIONS_LAST);
        }
    }

    private void autoscaling(AutoscalingSpec autoscaling) {
        if (autoscaling.min() > autoscaling.max()) {
            refuse("spec.autoscaling", AutoscalingSpec.UPSIDE_DOWN);
        }
        within("spec.autoscaling.scaleDownWindow", autoscaling.scaleDownWindow(), "0s", "24h");
    }

    private void within(String path, String value, String least, String most) {
        Duration duration = GoDuration.parse(value);
        if (duration.compareTo(GoDuration.parse(least)) < 0 || duration.compareTo(GoDuration.parse(most)) > 0) {
            refuse(path, value + " must be between " + least + " and " + most);
        }
    }
}
