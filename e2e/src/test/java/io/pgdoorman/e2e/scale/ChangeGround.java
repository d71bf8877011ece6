package io.pgdoorman.e2e.scale;

import com.fasterxml.jackson.databind.JsonNode;
import io.pgdoorman.e2e.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Locale;

/// What pools of the table of changes refer to: Secrets, ConfigMaps, a class, an account, kinds of other operators, and
/// cert-manager, as far as it writes a Secret for each Certificate.
final class ChangeGround implements AutoCloseable {

    /// Where pools are.
    static final String NAMESPACE = "table";

    /// Where claims are.
    private static final String APPS = "apps";

    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final String CONFIG_MAPS = "/api/v1/namespaces/" + NAMESPACE + "/configmaps";
    private static final String CLAIMS = "/apis/pgdoorman.io/v1alpha1/namespaces/" + APPS + "/doormandatabaseaccesses";

    private final Api api;
    private final String certificate = certificate();
    private final Thread issuer;

    /// The namespace is there.
    ChangeGround(ControlPlane plane) {
        this.api = plane.api();
        kind("monitoring.coreos.com", "PodMonitor");
        kind("cert-manager.io", "Certificate");
        plane.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s");
        api.create("/api/v1/namespaces", """
            {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "%s", "labels": {"team": "shop"}}}\
            """.formatted(APPS));
        api.create("/apis/scheduling.k8s.io/v1/priorityclasses", """
            {"kind": "PriorityClass", "apiVersion": "scheduling.k8s.io/v1", "metadata": {"name": "high"}, "value": 1000}\
            """);
        api.create("/api/v1/namespaces/" + NAMESPACE + "/serviceaccounts", """
            {"kind": "ServiceAccount", "apiVersion": "v1", "metadata": {"name": "poolers"}}\
            """);
        ChangeRows.secrets(this::secret);
        rules("rules", "md5");
        rules("rules2", "scram-sha-256");
        issuer = api.watch("/apis/cert-manager.io/v1/certificates?", this::issue);
    }

    private static String certificate() {
        try {
            return Files.readString(ControlPlane.ROOT.resolve("operator/src/test/resources/tls/shop.pem"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void kind(String group, String kind) {
        var plural = kind.toLowerCase(Locale.ROOT) + "s";
        api.create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: %1$s.%2$s}
            spec:
              group: %2$s
              scope: Namespaced
              names: {kind: %3$s, plural: %1$s, singular: %4$s}
              versions:
                - name: v1
                  served: true
                  storage: true
                  schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
                  subresources: {status: {}}
            """.formatted(
                        plural, group, kind, plural.substring(0, plural.length() - 1)));
    }

    private void secret(String name, List<String> keys) {
        var secret = Api.JSON.createObjectNode().put("apiVersion", "v1").put("kind", "Secret");
        secret.putObject("metadata").put("name", name);
        var data = secret.putObject("data");
        keys.forEach(key -> data.put(key, encoded(key, name + " " + key)));
        api.apply(Api.secrets(NAMESPACE) + "/" + name, secret);
    }

    /// A value of the kind that its key means; `word` makes it another one.
    private String encoded(String key, String word) {
        var value = switch (key.substring(key.indexOf('.') + 1)) {
            case "crt" -> certificate + word;
            case "key" -> "-----BEGIN PRIVATE KEY-----" + word;
            case "crl" -> "-----BEGIN X509 CRL-----" + word;
            case "json" -> "{\"keys\": []}";
            case "keytab" -> "\u0005\u0002" + word;
            default -> word;
        };
        return Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8));
    }

    private void rules(String name, String method) {
        api.create(CONFIG_MAPS, """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: %s}
            data: {pg_hba.conf: host all all all %s, other.conf: host all all all reject}
            """.formatted(name, method));
    }

    /// Signs what a Certificate asks for, which is another one when it asks for something else.
    private void issue(String event, JsonNode object) {
        var name = object.at("/spec/secretName").asText();
        if (event.equals("DELETED") || name.isEmpty()) {
            return;
        }
        var word = object.path("spec").toString();
        var secret = Api.JSON.createObjectNode().put("apiVersion", "v1").put("kind", "Secret");
        secret.putObject("metadata").put("name", name);
        secret.putObject("data").put("tls.crt", encoded("tls.crt", word)).put("tls.key", encoded("tls.key", word));
        api.apply(Api.secrets(NAMESPACE) + "/" + name, secret);
    }

    /// Claims of the database shop of a pool.
    void claim(String pool, int claims) {
        for (var number = 0; number < claims; number++) {
            api.create(CLAIMS, """
                apiVersion: pgdoorman.io/v1alpha1
                kind: DoormanDatabaseAccess
                metadata: {name: %s-%d}
                spec: {poolRef: {name: %1$s, namespace: %3$s}, database: shop}
                """.formatted(pool, number, NAMESPACE));
        }
    }

    /// Waits until so many claims of a pool have what they ask for.
    void awaitClaims(String pool, int claims) {
        for (var number = 0; number < claims; number++) {
            var claim = pool + "-" + number;
            Progress.until(claim + " is granted", LIMIT, () -> Fleet.says(api.get(CLAIMS + "/" + claim), "Ready"));
        }
    }

    @Override
    public void close() {
        issuer.interrupt();
    }
}
