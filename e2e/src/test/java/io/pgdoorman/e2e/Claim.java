package io.pgdoorman.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.Optional;

/// An application's claim to the database of a pool in another namespace.
///
/// @param apps the application's namespace
record Claim(Kubectl apps, Pool pool, String name) {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    void apply() {
        apps.apply("""
            apiVersion: pgdoorman.io/v1alpha1
            kind: DoormanDatabaseAccess
            metadata: {name: %s}
            spec:
              poolRef: {name: %s, namespace: %s}
              database: %s
            """.formatted(name, pool.name(), pool.kubectl().namespace(), Tenant.DATABASE));
    }

    void delete() {
        apps.succeed("delete", "doormandatabaseaccess", name);
    }

    Duration awaitReady() {
        return Progress.until("claim " + name + " is Ready", LIMIT, () -> Pool.says(resource(), "Ready", "True"));
    }

    /// Answers why.
    JsonNode awaitStalled() {
        Progress.until("claim " + name + " is Stalled", LIMIT, () -> Pool.says(resource(), "Stalled", "True"));
        return Pool.condition(resource(), "Stalled").orElseThrow();
    }

    private JsonNode resource() {
        return apps.get("doormandatabaseaccess", name).orElseThrow();
    }

    Optional<JsonNode> secret() {
        return apps.get("secret", name);
    }

    /// The pool, entered with what stands in the Secret.
    Target target() {
        return through(pool.target());
    }

    /// The same by another door.
    Target through(Target door) {
        var secret = secret().orElseThrow();
        return door.to(Kubectl.text(secret, "dbname"))
                .as(Kubectl.text(secret, "user"), Kubectl.text(secret, "password"));
    }
}
