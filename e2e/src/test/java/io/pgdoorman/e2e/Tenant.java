package io.pgdoorman.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Objects;

/// A namespace of the tests with a PostgreSQL in it, as a user of Doorman has one; pods in it have to be "restricted".
record Tenant(Kubectl kubectl, String name) implements AutoCloseable {

    static final Path QUICKSTART = Cluster.ROOT.resolve("deploy/examples/quickstart.yaml");
    private static final String SUPERUSER = "postgres";
    private static final String SUPERUSER_PASSWORD = "superuser-of-the-tests";
    static final String USER = "app";
    static final String PASSWORD = "quickstart-only";
    static final String DATABASE = "app";

    static Tenant create(Kubectl cluster, String name) {
        cluster.command("delete", "namespace", name, "--ignore-not-found", "--timeout=120s")
                .within(Duration.ofMinutes(3))
                .succeed();
        cluster.apply("""
            apiVersion: v1
            kind: Namespace
            metadata:
              name: %s
              labels: {pod-security.kubernetes.io/enforce: restricted}
            """.formatted(name));
        var tenant = new Tenant(cluster.in(name), name);
        tenant.startPostgres();
        return tenant;
    }

    private void startPostgres() {
        kubectl.apply(resource("/postgres/postgres.yaml"));
        kubectl.succeed("wait", "--for=condition=Ready", "pod/postgres", "--timeout=90s");
    }

    /// It forgets all, and may go to another node.
    void startPostgresAnew() {
        kubectl.succeed("delete", "pod", "postgres");
        startPostgres();
    }

    /// Applies the example as a user would, and waits as a user would.
    void quickstart() {
        kubectl.succeed("apply", "-f", QUICKSTART.toString());
        pool().awaitReady();
    }

    /// The example, whose pods together may hold so many connections.
    ///
    /// @param limit how long it may take until they know
    void quickstart(int budget, Duration limit) {
        quickstart();
        pool().patch("{\"spec\": {\"budget\": {\"maxServerConnections\": %d}}}".formatted(budget));
        pool().await("ConfigApplied", "True", limit);
    }

    /// The pool of the example.
    Pool pool() {
        return new Pool(kubectl, "quickstart");
    }

    /// A role that may log in.
    void role(String role, String password) {
        superuser("create role %s login password '%s'".formatted(role, password));
    }

    /// What the server answers its superuser.
    String superuser(String sql) {
        var answer = asSuperuser().psql(sql);
        if (!answer.succeeded()) {
            throw new AssertionError(answer.all());
        }
        return answer.out().strip();
    }

    /// Writes a file in the server's pod that only its owner may read.
    void upload(String file, String content) {
        var encoded = Base64.getEncoder().encodeToString(content.getBytes(StandardCharsets.US_ASCII));
        superuser("copy (select '%s') to program 'base64 -d >%s && chmod 600 %s'".formatted(encoded, file, file));
    }

    /// The server itself, for its superuser.
    Target asSuperuser() {
        return postgres().as(SUPERUSER, SUPERUSER_PASSWORD);
    }

    /// The server itself, without a pooler between.
    Target postgres() {
        var address = Reach.service(kubectl, "postgres");
        return new Target(address.getHostString(), address.getPort(), DATABASE, USER, PASSWORD);
    }

    @Override
    public void close() {
        // Without waiting: what follows uses other namespaces, and the cluster goes anyway.
        kubectl.in("").command("delete", "namespace", name, "--wait=false").run();
    }

    private static String resource(String path) {
        try (InputStream in = Objects.requireNonNull(Tenant.class.getResourceAsStream(path), path)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
