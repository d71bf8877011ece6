package io.pgdoorman.operator.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.pgdoorman.operator.api.v1alpha1.DatabaseSpec;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolSpec;
import io.pgdoorman.operator.api.v1alpha1.Problem;
import io.pgdoorman.operator.api.v1alpha1.SecretRef;
import io.pgdoorman.operator.api.v1alpha1.SecretUse;
import io.pgdoorman.operator.local.Manifests.Manifest;
import io.pgdoorman.operator.observe.Observation.Missing;
import io.pgdoorman.operator.observe.Observation.References;
import io.pgdoorman.operator.plan.Want;
import io.pgdoorman.operator.render.Rendered;
import io.pgdoorman.operator.render.Renderer;
import io.pgdoorman.operator.render.SecretValue;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Resolves what a pool refers to. What a cluster has and a machine has not stands in: Services are a table, Secrets
/// are manifests beside the pool.
///
/// Owned by the loop's thread.
final class Resolver {

    private static final KubernetesSerialization JSON = new KubernetesSerialization();

    private final Map<String, Service> services;
    private final int controlPort;
    private final Map<String, Versioned> versions = new HashMap<>();

    /// Where a Service of the manifests leads to.
    record Service(String host, int port) {
        static Service parse(String target) {
            var colon = target.lastIndexOf(':');
            if (colon < 1 || !target.substring(colon + 1).matches("[0-9]{1,5}")) {
                throw new IllegalArgumentException("\"" + target + "\" leads nowhere, expected host:port");
            }
            return new Service(target.substring(0, colon), Integer.parseInt(target.substring(colon + 1)));
        }
    }

    /// A Secret and how often it changed.
    private record Versioned(JsonNode content, int version) {}

    /// What a pool asks for, and with which accounts at its servers.
    record Resolved(Want want, References references, Accounts accounts) {}

    Resolver(Map<String, Service> services, int controlPort) {
        this.services = new TreeMap<>(services);
        this.controlPort = controlPort;
    }

    Resolved resolve(DoormanPool pool, SortedMap<String, Manifest> secrets) {
        var spec = pool.getSpec();
        var references = references(spec, secrets);
        var accounts = accounts(pool, references);
        if (!references.missing().isEmpty()) {
            return new Resolved(new Want.Unresolved(references.missing()), references, accounts);
        }
        var problems = new ArrayList<Problem>();
        var placed = withServices(spec, problems);
        if (!problems.isEmpty()) {
            return new Resolved(new Want.Wrong(problems), references, accounts);
        }
        var want = switch (Renderer.render(placed, references.values(), Volume.anyPlace(controlPort))) {
            case Rendered.Valid valid -> new Want.Config(valid);
            case Rendered.Invalid(var found) -> new Want.Wrong(found);
        };
        return new Resolved(want, references, accounts);
    }

    private DoormanPoolSpec withServices(DoormanPoolSpec spec, List<Problem> problems) {
        var tree = Objects.requireNonNull(JSON.convertValue(spec, ObjectNode.class));
        var servers = tree.putArray("servers");
        for (var server : spec.servers()) {
            var reference = server.serviceRef();
            var service = services.get(reference == null ? Objects.requireNonNull(server.host()) : reference.name());
            if (reference != null && service == null) {
                problems.add(
                        new Problem("spec.servers[" + server.name() + "].serviceRef.name", unknown(reference.name())));
            }
            var host = service == null ? server.host() : service.host();
            var placed = Objects.requireNonNull(JSON.convertValue(server, ObjectNode.class));
            placed.remove("serviceRef");
            servers.add(placed.put("host", host == null ? "unknown" : host)
                    .put("port", service == null ? server.port() : service.port()));
        }
        return Objects.requireNonNull(JSON.convertValue(tree, DoormanPoolSpec.class));
    }

    private String unknown(String service) {
        var expected = services.isEmpty() ? "a host instead" : "one of " + String.join(", ", services.keySet());
        return "\"%s\" is no Service of this machine, expected %s".formatted(service, expected);
    }

    private References references(DoormanPoolSpec spec, SortedMap<String, Manifest> secrets) {
        var values = new LinkedHashMap<SecretRef, SecretValue>();
        var missing = new ArrayList<Missing>();
        for (var use : SecretUse.of(spec)) {
            var ref = use.ref();
            var secret = secrets.get(ref.name());
            var value = secret == null ? null : value(secret.content(), ref);
            if (secret == null || value == null || value.isBlank()) {
                missing.add(new Missing(use.who(), ref, secret != null));
            } else {
                values.put(ref, new SecretValue("v" + version(secret), value));
            }
        }
        return new References(values, missing);
    }

    private static @Nullable String value(JsonNode secret, SecretRef reference) {
        var isConfigMap = SecretRef.configMap(reference.name()) != null;
        var plain = secret.path(isConfigMap ? "data" : "stringData").get(reference.key());
        if (plain != null) {
            return plain.asText();
        }
        var encoded = secret.path("data").get(reference.key());
        if (encoded == null || isConfigMap) {
            return null;
        }
        try {
            return new String(Base64.getMimeDecoder().decode(encoded.asText()), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException _) {
            // Not base64: as good as not there.
            return null;
        }
    }

    private int version(Manifest secret) {
        var key = secret.kind() + "/" + secret.name();
        var known = versions.get(key);
        if (known != null && known.content().equals(secret.content())) {
            return known.version();
        }
        var next = new Versioned(secret.content(), known == null ? 1 : known.version() + 1);
        versions.put(key, next);
        return next.version();
    }

    private static Accounts accounts(DoormanPool pool, References references) {
        var databases = pool.getSpec().databases().stream()
                .map(DatabaseSpec::nameAtServer)
                .toList();
        var users = new LinkedHashMap<String, String>();
        for (var user : pool.getSpec().auth().users()) {
            var login = user.secretAtServer();
            var secret = login == null ? null : references.values().get(login);
            if (secret != null) {
                users.put(user.nameAtServer(), secret.value());
            }
        }
        return new Accounts(pool.getMetadata().getName(), databases, users);
    }
}
