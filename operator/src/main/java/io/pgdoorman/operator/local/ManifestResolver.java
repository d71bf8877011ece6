package io.pgdoorman.operator.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.pgdoorman.operator.api.v1alpha1.AuthSpec.SecretRef;
import io.pgdoorman.operator.api.v1alpha1.Change;
import io.pgdoorman.operator.api.v1alpha1.ChangeClass;
import io.pgdoorman.operator.api.v1alpha1.DatabaseSpec;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolSpec;
import io.pgdoorman.operator.api.v1alpha1.GoDuration;
import io.pgdoorman.operator.api.v1alpha1.Manifest;
import io.pgdoorman.operator.api.v1alpha1.Problem;
import io.pgdoorman.operator.render.Place;
import io.pgdoorman.operator.render.Rendered;
import io.pgdoorman.operator.render.Renderer;
import io.pgdoorman.operator.render.UserSecret;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Resolves a manifest with the code that serves the cluster: schema, rules, rendering. What a cluster has and a
/// machine has not stands in: Services are a table, Secrets are manifests beside the pool.
///
/// Owned by the loop's thread.
final class ManifestResolver implements Resolver {

    /// Time between SIGTERM and SIGKILL beyond the drain timeout.
    private static final Duration KILL_MARGIN = Duration.ofSeconds(5);

    private static final KubernetesSerialization JSON = new KubernetesSerialization();
    private static final List<String> ROLLED = Arrays.stream(DoormanPoolSpec.class.getRecordComponents())
            .filter(c -> c.getAnnotation(Change.class) != null
                    && c.getAnnotation(Change.class).value() == ChangeClass.ROLL)
            .map(java.lang.reflect.RecordComponent::getName)
            .toList();

    private final Map<String, Service> services;
    private final int controlPort;
    private final String adminPassword;
    private final Map<String, Versioned> versions = new HashMap<>();
    private final Map<String, ObjectNode> revisions = new HashMap<>();

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

    ManifestResolver(Map<String, Service> services, int controlPort, String adminPassword) {
        this.services = new TreeMap<>(services);
        this.controlPort = controlPort;
        this.adminPassword = adminPassword;
    }

    @Override
    public Resolution resolve(Manifests.Manifest pool, SortedMap<String, Manifests.Manifest> secrets, long generation) {
        var reads = Manifest.readAll(pool.content().toString());
        return switch (reads.getFirst()) {
            case Manifest.Read.Invalid(var _, var problems) -> refused(problems);
            case Manifest.Read.Valid(DoormanPool valid) -> resolve(pool.name(), valid.getSpec(), secrets, generation);
        };
    }

    private Resolution resolve(
            String name, DoormanPoolSpec asWritten, SortedMap<String, Manifests.Manifest> secrets, long generation) {
        var problems = new ArrayList<Problem>();
        var spec = withServices(asWritten, problems);
        var users = users(asWritten, secrets, problems);
        if (!problems.isEmpty()) {
            return refused(problems);
        }
        var tree = tree(spec);
        var revision = revision(tree);
        var anywhere = new Pod.Place(name, "127.0.0.1", Path.of("/"), revision, 0);
        if (render(spec, users, anywhere) instanceof Rendered.Invalid(var found)) {
            return refused(found);
        }
        var drain = GoDuration.parse(spec.rollout().drain().timeout());
        var goal = new FleetPlan.Goal(spec.replicas(), revision, drain, drain.plus(KILL_MARGIN));
        var desired = new Desired(
                name,
                generation,
                goal,
                spec.reload().canary(),
                new Desired.Ports(spec.port(), controlPort),
                place -> files(tree, users, place));
        var shown = new Shown(
                spec.poolMode().name(),
                spec.databases().stream().map(DatabaseSpec::name).toList());
        return new Resolution.Accepted(desired, accounts(name, spec, users), shown);
    }

    private static Resolution refused(List<Problem> problems) {
        return new Resolution.Refused(problems.stream().map(Problem::toString).toList());
    }

    private DoormanPoolSpec withServices(DoormanPoolSpec spec, List<Problem> problems) {
        var tree = tree(spec);
        var servers = tree.putArray("servers");
        for (var server : spec.servers()) {
            var reference = server.serviceRef();
            var service = services.get(reference == null ? Objects.requireNonNull(server.host()) : reference.name());
            if (reference != null && service == null) {
                problems.add(new Problem(
                        "spec.servers[" + server.name() + "].serviceRef.name",
                        "\"%s\" is no Service of this machine, expected %s"
                                .formatted(
                                        reference.name(),
                                        services.isEmpty()
                                                ? "a host instead"
                                                : "one of " + String.join(", ", services.keySet()))));
            }
            var host = service == null ? server.host() : service.host();
            servers.addObject()
                    .put("name", server.name())
                    .put("host", host == null ? "127.0.0.1" : host)
                    .put("port", service == null ? server.port() : service.port());
        }
        return spec(tree);
    }

    private Map<String, UserSecret> users(
            DoormanPoolSpec spec, SortedMap<String, Manifests.Manifest> secrets, List<Problem> problems) {
        var users = new LinkedHashMap<String, UserSecret>();
        for (var user : spec.auth().users()) {
            var reference = user.secretRef();
            var path = "spec.auth.users[" + user.name() + "].secretRef";
            var secret = secrets.get(reference.name());
            if (secret == null) {
                problems.add(new Problem(path + ".name", "no Secret \"" + reference.name() + "\" in the manifests"));
                continue;
            }
            var value = value(secret.content(), reference);
            if (value == null || value.isBlank()) {
                problems.add(new Problem(
                        path + ".key", "Secret \"%s\" has no key \"%s\"".formatted(reference.name(), reference.key())));
                continue;
            }
            users.put(user.name(), new UserSecret("v" + version(secret), value));
        }
        return users;
    }

    private static @Nullable String value(JsonNode secret, SecretRef reference) {
        var plain = secret.path("stringData").get(reference.key());
        if (plain != null) {
            return plain.asText();
        }
        var encoded = secret.path("data").get(reference.key());
        if (encoded == null) {
            return null;
        }
        try {
            return new String(Base64.getMimeDecoder().decode(encoded.asText()), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException _) {
            // Not base64: as good as not there.
            return null;
        }
    }

    private int version(Manifests.Manifest secret) {
        var known = versions.get(secret.name());
        if (known != null && known.content().equals(secret.content())) {
            return known.version();
        }
        var next = new Versioned(secret.content(), known == null ? 1 : known.version() + 1);
        versions.put(secret.name(), next);
        return next.version();
    }

    /// Names what only a new process can take; two specs that agree in it have the same revision.
    private String revision(ObjectNode spec) {
        var rolled = JsonNodeFactory.instance.objectNode();
        ROLLED.forEach(field -> rolled.set(field, spec.path(field)));
        rolled.set("drain", spec.at("/rollout/drain"));
        var revision = Integer.toHexString(rolled.hashCode());
        revisions.put(revision, rolled);
        return revision;
    }

    /// What a process should run now: the newest spec, but what it can only take as a new process stays as it is.
    private Desired.Files files(ObjectNode newest, Map<String, UserSecret> users, Pod.Place place) {
        var tree = newest.deepCopy();
        var own = Objects.requireNonNull(revisions.get(place.revision()));
        ROLLED.forEach(field -> tree.set(field, own.path(field)));
        tree.withObject("/rollout").set("drain", own.path("drain"));
        return switch (render(spec(tree), users, place)) {
            case Rendered.Valid valid -> {
                var secrets = new TreeMap<>(valid.secrets());
                secrets.put(Renderer.ADMIN_PASSWORD_FILE, adminPassword);
                yield new Desired.Files(valid.text(), valid.hash(), secrets);
            }
            case Rendered.Invalid(var problems) ->
                throw new IllegalStateException("valid at one address, not at another: " + problems);
        };
    }

    private Rendered render(DoormanPoolSpec spec, Map<String, UserSecret> users, Pod.Place place) {
        var folder = place.folder().resolve(Fleet.SECRETS).toString();
        return Renderer.render(spec, users, new Place(place.address(), place.address(), controlPort, folder, null));
    }

    private static Accounts accounts(String pool, DoormanPoolSpec spec, Map<String, UserSecret> secrets) {
        var databases =
                spec.databases().stream().map(ManifestResolver::nameOnServer).toList();
        var users = new LinkedHashMap<String, String>();
        secrets.forEach((user, secret) -> users.put(user, secret.value()));
        return new Accounts(pool, databases, users);
    }

    private static String nameOnServer(DatabaseSpec database) {
        var remote = database.remoteName();
        return remote == null ? database.name() : remote;
    }

    private static ObjectNode tree(DoormanPoolSpec spec) {
        return Objects.requireNonNull(JSON.convertValue(spec, ObjectNode.class));
    }

    private static DoormanPoolSpec spec(ObjectNode tree) {
        return Objects.requireNonNull(JSON.convertValue(tree, DoormanPoolSpec.class));
    }
}
