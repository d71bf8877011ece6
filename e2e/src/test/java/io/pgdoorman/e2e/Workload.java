package io.pgdoorman.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.postgresql.Driver;

/// An application's namespace with the ServiceAccount api, whose pods log in with the token that they are given.
record Workload(Kubectl kubectl) implements AutoCloseable {

    private static final Duration LIMIT = Duration.ofMinutes(2);

    static Workload create(Kubectl cluster, String namespace, Path authorities) {
        var workload = new Workload(cluster.in(namespace));
        workload.close();
        cluster.apply("""
            apiVersion: v1
            kind: Namespace
            metadata:
              name: %s
              labels: {pod-security.kubernetes.io/enforce: restricted}
            """.formatted(namespace));
        workload.kubectl.succeed("create", "serviceaccount", "api");
        workload.kubectl.succeed("create", "configmap", "pooler-ca", "--from-file=ca.crt=" + authorities);
        return workload;
    }

    /// Lets a pod log in once; answers what it says.
    String login(String pod, String url, String user) {
        kubectl.apply("""
            apiVersion: v1
            kind: Pod
            metadata: {name: %s}
            spec:
              serviceAccountName: api
              automountServiceAccountToken: false
              enableServiceLinks: false
              restartPolicy: Never
              securityContext:
                runAsNonRoot: true
                runAsUser: 65534
                seccompProfile: {type: RuntimeDefault}
              containers:
                - name: login
                  image: %s
                  imagePullPolicy: IfNotPresent
                  command: [java, -XX:TieredStopAtLevel=1, -cp, "/opt/client:/opt/client/postgresql.jar"]
                  args: [io.pgdoorman.e2e.pod.Login, "%s", "%s", /token/token, /ca/ca.crt]
                  resources: {requests: {cpu: 50m, memory: 64Mi}}
                  securityContext:
                    allowPrivilegeEscalation: false
                    readOnlyRootFilesystem: true
                    capabilities: {drop: [ALL]}
                  volumeMounts:
                    - {name: token, mountPath: /token}
                    - {name: ca, mountPath: /ca}
              volumes:
                - name: token
                  projected:
                    sources: [{serviceAccountToken: {path: token, audience: doorman, expirationSeconds: 600}}]
                - {name: ca, configMap: {name: pooler-ca}}
            """.formatted(pod, Images.POSTGRES, url, user));
        Progress.until("pod " + pod + " has ended", LIMIT, () -> hasEnded(pod));
        var said = kubectl.succeed("logs", pod).strip();
        kubectl.succeed("delete", "pod", pod, "--wait=false");
        return said;
    }

    private boolean hasEnded(String pod) {
        var phase = kubectl.get("pod", pod).orElseThrow().at("/status/phase").asText();
        return phase.equals("Succeeded") || phase.equals("Failed");
    }

    @Override
    public void close() {
        kubectl.in("")
                .command("delete", "namespace", kubectl.namespace(), "--ignore-not-found", "--timeout=120s")
                .within(Duration.ofMinutes(3))
                .succeed();
    }

    /// What its image needs: the program and the driver.
    static void pack(Path folder) throws IOException {
        var program = Path.of("io/pgdoorman/e2e/pod/Login.class");
        Cluster.createFolder(folder.resolve("io/pgdoorman/e2e/pod"));
        try (var in = Workload.class.getResourceAsStream("/" + program)) {
            Files.write(folder.resolve(program), Objects.requireNonNull(in).readAllBytes());
        }
        var driver = Driver.class.getProtectionDomain().getCodeSource().getLocation();
        try (var in = driver.openStream()) {
            Files.write(folder.resolve("postgresql.jar"), in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException("the driver is no file: " + driver, e);
        }
    }
}
