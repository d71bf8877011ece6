package io.pgdoorman.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.pgdoorman.operator.api.v1alpha1.ChangeClass;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolSpec;
import io.pgdoorman.operator.api.v1alpha1.SecretRef;
import io.pgdoorman.operator.api.v1alpha1.SpecChange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Each field of the spec is changed on a live pool: what its class predicts is what the plan does.
class ChangeEffectTest {

    private static final String CERTIFICATE = certificate();

    private static String auth(String more) {
        return "auth: {users: [{name: app, secretRef: {name: app-db}, " + more + "}]}";
    }

    private static String certificate() {
        try {
            return Files.readString(Path.of("src/test/resources/tls/shop.pem"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A change of one field.
    record Row(String field, String line, ChangeClass effect) {}

    private static Row row(String line, ChangeClass effect) {
        return new Row(line.substring(0, line.indexOf(':')), line, effect);
    }

    static Stream<Row> rows() {
        return Stream.of(
                row("replicas: 5", ChangeClass.SCALE),
                row("image: pooler:2", ChangeClass.ROLL),
                row("version: 1.2.0", ChangeClass.ROLL),
                row("imagePullPolicy: Always", ChangeClass.ROLL),
                row("imagePullSecrets: [{name: registry}]", ChangeClass.ROLL),
                row("poolMode: Session", ChangeClass.HOT),
                row("port: 7000", ChangeClass.ROLL),
                row("servers: [{name: main, host: other.example}]", ChangeClass.HOT),
                row("servers: [{name: main, host: db.example, port: 6000}]", ChangeClass.HOT),
                row("servers: [{name: main, serviceRef: {name: db}}]", ChangeClass.HOT),
                row("servers: [{name: main, host: db.example, tls: {mode: Require}}]", ChangeClass.HOT),
                row(
                        "servers: [{name: main, host: db.example, tls: {mode: VerifyFull, caSecretRef: {name: pki},"
                                + " certSecretRef: {name: pki}}}]",
                        ChangeClass.HOT),
                row(
                        "servers: [{name: main, host: db.example, patroni: {urls: ['http://pg-0:8008']}}]",
                        ChangeClass.HOT),
                row(
                        "servers: [{name: main, host: db.example, patroni: {urls: ['https://pg-0:8008'],"
                                + " caSecretRef: {name: pki}}}]",
                        ChangeClass.HOT),
                row("databases: [{name: shop, serverRefs: [main], poolSize: 3}]", ChangeClass.HOT),
                row("databases: [{name: shop, serverRefs: [main], minPoolSize: 3}]", ChangeClass.HOT),
                row("databases: [{name: shop, serverRefs: [main], maxServerConnections: 9}]", ChangeClass.HOT),
                row(
                        "databases: [{name: shop, serverRefs: [main], maxServerConnections: 9, minGuaranteed: 2}]",
                        ChangeClass.HOT),
                row("databases: [{name: shop, serverRefs: [main], queryWaitTimeout: 9s}]", ChangeClass.HOT),
                row(
                        "databases: [{name: shop, serverRefs: [main], startupParameters: {work_mem: 8MB}}]",
                        ChangeClass.HOT),
                row("databases: [{name: shop, serverRefs: [main], remoteName: r}]", ChangeClass.HOT),
                row("databases: [{name: shop, serverRefs: [main], readOnlyServerRefs: [main]}]", ChangeClass.HOT),
                row(
                        "databases: [{name: shop, serverRefs: [main], authRef: {users: [other]}}]\n"
                                + "  auth: {users: [{name: app, secretRef: {name: app-db}},"
                                + " {name: other, secretRef: {name: app-db}}]}",
                        ChangeClass.HOT),
                row("databases: [{name: shop, serverRefs: [main], poolMode: Session}]", ChangeClass.HOT),
                row("auth: {users: [{name: app, secretRef: {name: app-db}, poolSize: 2}]}", ChangeClass.HOT),
                row("auth: {users: [{name: other, secretRef: {name: app-db}}]}", ChangeClass.HOT),
                row(auth("previousSecretRef: {name: other}"), ChangeClass.HOT),
                row(auth("serverSecretRef: {name: other}"), ChangeClass.HOT),
                row(auth("serverUser: rw, serverSecretRef: {name: other}"), ChangeClass.HOT),
                row("auth: {authQuery: {query: select $1, user: doorman, secretRef: {name: other}}}", ChangeClass.HOT),
                row(
                        "auth: {users: [{name: app, secretRef: {name: app-db}}], hba: [host all all all md5]}",
                        ChangeClass.HOT),
                row(
                        "auth: {users: [{name: app, secretRef: {name: app-db}}], hbaConfigMapRef: {name: rules}}",
                        ChangeClass.HOT),
                row(
                        "auth: {users: [{name: app, secretRef: {name: app-db}}], roles: [{name: r, members: [app]}]}",
                        ChangeClass.HOT),
                row("auth: {users: [{name: app, secretRef: {name: app-db}}], userMaps: [m a b]}", ChangeClass.HOT),
                row(
                        "auth: {users: [{name: app, secretRef: {name: app-db}}], statsUser: {name: s, secretRef: {name:"
                                + " other}}}",
                        ChangeClass.HOT),
                row(
                        "auth: {users: [{name: app, secretRef: {name: app-db}}], ldap: {caSecretRef: {name: pki}}}",
                        ChangeClass.HOT),
                row("tls: {client: {certSecretRef: {name: pki}}}", ChangeClass.HOT),
                row("tls: {client: {issuerRef: {name: company}}}", ChangeClass.HOT),
                row("tls: {client: {mode: Require, certSecretRef: {name: pki}, minVersion: TLS1.3}}", ChangeClass.HOT),
                row("limits: {maxClientConnections: 77}", ChangeClass.HOT),
                row("limits: {queryWaitTimeout: 7s}", ChangeClass.HOT),
                row("limits: {maxMemory: 64Mi}", ChangeClass.HOT),
                row("pause: {all: true}", ChangeClass.HOT),
                row("pause: {databases: [shop]}", ChangeClass.HOT),
                row("extraConfig: {general: {server_lifetime: 9m}}", ChangeClass.HOT),
                row("extraConfig: {pools: {shop: {pin_on: [listen]}}}", ChangeClass.HOT),
                row("servers: [{name: main, host: db.example, role: Primary}]", ChangeClass.HOT),
                row("budget: {maxServerConnections: 60}", ChangeClass.HOT),
                row("budget: {maxServerConnections: 60, surgeReserve: 50%}", ChangeClass.HOT),
                row("budget: {maxServerConnections: 60, share: ByDemand}", ChangeClass.HOT),
                row("budget: {unattendedWait: 1m}", ChangeClass.DESIRED),
                row("reload: {policy: Manual}", ChangeClass.DESIRED),
                row("reload: {canary: false}", ChangeClass.DESIRED),
                row("reload: {timeout: 90s}", ChangeClass.DESIRED),
                row("rollout: {maxSurge: 2}", ChangeClass.DESIRED),
                row("rollout: {maxUnavailable: 1}", ChangeClass.DESIRED),
                row("rollout: {progressDeadline: 5m}", ChangeClass.DESIRED),
                row("rollout: {upgrades: Automatic}", ChangeClass.DESIRED),
                row("rollout: {paused: true}", ChangeClass.DESIRED),
                row("rollout: {canaryPods: 1}", ChangeClass.DESIRED),
                row("rollout: {canaryPods: 1, canarySoak: 5m}", ChangeClass.DESIRED),
                row("rollout: {drain: {timeout: 1m}}", ChangeClass.ROLL),
                row("rollout: {drain: {endpointDelay: 3s}}", ChangeClass.ROLL),
                row("rollout: {drain: {reconnectSpread: 9s}}", ChangeClass.HOT),
                row("rollout: {drain: {onTimeout: Wait}}", ChangeClass.ROLL),
                row("rollout: {drain: {onTimeout: Wait, boundary: Session}}", ChangeClass.ROLL),
                row("autoscaling: {enabled: true, max: 4, targetClientsPerPod: 9}", ChangeClass.DESIRED),
                row("service: {enabled: false}", ChangeClass.DESIRED),
                row("service: {type: NodePort}", ChangeClass.DESIRED),
                row("readOnlyService: {type: NodePort}", ChangeClass.DESIRED),
                row(
                        "readOnlyService: {enabled: true}\n"
                                + "  databases: [{name: shop, serverRefs: [main], readOnlyServerRefs: [main]}]",
                        ChangeClass.ROLL),
                row("networkPolicy: {enabled: true}", ChangeClass.DESIRED),
                row("resources: {limits: {memory: 1Gi}}", ChangeClass.ROLL),
                row("nodeSelector: {disk: fast}", ChangeClass.ROLL),
                row("tolerations: [{key: dedicated, operator: Exists}]", ChangeClass.ROLL),
                row("affinity: {nodeAffinity: {}}", ChangeClass.ROLL),
                row(
                        "topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable:"
                                + " DoNotSchedule}]",
                        ChangeClass.ROLL),
                row("priorityClassName: high", ChangeClass.ROLL),
                row("serviceAccountName: poolers", ChangeClass.ROLL),
                row("env: [{name: TZ, value: UTC}]", ChangeClass.ROLL),
                row("volumes: [{name: scratch, emptyDir: {}}]", ChangeClass.ROLL),
                row(
                        "volumeMounts: [{name: scratch, mountPath: /scratch}]\n"
                                + "  volumes: [{name: scratch, emptyDir: {}}]",
                        ChangeClass.ROLL),
                row("sidecars: [{name: proxy, image: proxy:1}]", ChangeClass.ROLL),
                row("jvm: {options: [-XX:+UseParallelGC]}", ChangeClass.ROLL),
                row("podTemplate: {metadata: {labels: {team: shop}}}", ChangeClass.ROLL),
                row("podTemplate: {spec: {hostname: pooler}}", ChangeClass.ROLL),
                row("disruptionBudget: {enabled: false}", ChangeClass.DESIRED),
                row("disruptionBudget: {maxUnavailable: 2}", ChangeClass.DESIRED),
                row("monitoring: {podMonitor: {enabled: true, interval: 10s}}", ChangeClass.DESIRED));
    }

    private static Scene settled() {
        var scene = new Scene()
                .secret(new SecretRef("pki", "ca.crt"), CERTIFICATE)
                .secret(new SecretRef("pki", "tls.crt"), CERTIFICATE)
                .secret(new SecretRef("pki", "tls.key"), "-----BEGIN PRIVATE KEY-----")
                .secret(SecretRef.ofConfigMap("rules", "pg_hba.conf"), "host all all all md5")
                .secret(new SecretRef(SecretRef.ISSUED, "tls.crt"), CERTIFICATE)
                .secret(new SecretRef(SecretRef.ISSUED, "tls.key"), "-----BEGIN PRIVATE KEY-----")
                .secret(new SecretRef("other", "password"), "other");
        scene.planAndApply();
        scene.rolledOut().pod("a", scene.hash()).pod("b", scene.hash());
        scene.planAndApply();
        scene.later(Duration.ofMinutes(10));
        return scene;
    }

    @ParameterizedTest
    @MethodSource("rows")
    void whatIsPredictedHappens(Row row) {
        // given
        var scene = settled();
        var before = scene.pool().getSpec();
        var deployed = Objects.requireNonNull(scene.seen().children().deployment());
        var hash = scene.stored().current().hash();

        // when
        scene.edit(row.line().split("\n  "));
        var predicted =
                SpecChange.effect(SpecChange.between(before, scene.pool().getSpec()));
        scene.planAndApply();
        scene.pod("a", scene.stored().current().hash())
                .pod("b", scene.stored().current().hash());
        scene.planAndApply();

        // then
        assertThat(predicted).isEqualTo(row.effect());
        var now = Objects.requireNonNull(scene.seen().children().deployment());
        assertThat(effect(deployed, now, !hash.equals(scene.stored().current().hash())))
                .isEqualTo(row.effect());
    }

    private static ChangeClass effect(Deployment before, Deployment now, boolean isReloaded) {
        if (!before.getSpec().getTemplate().equals(now.getSpec().getTemplate())) {
            return ChangeClass.ROLL;
        }
        if (isReloaded) {
            return ChangeClass.HOT;
        }
        return before.getSpec().getReplicas().equals(now.getSpec().getReplicas())
                ? ChangeClass.DESIRED
                : ChangeClass.SCALE;
    }

    @Test
    void everyFieldOfTheSpecHasARow() {
        // given
        var fields = Arrays.stream(DoormanPoolSpec.class.getRecordComponents())
                .map(field -> field.getName())
                .toList();
        // Its rows need claims: ClaimStatusMakerTest changes them.
        var elsewhere = List.of("access");

        // when
        var rows = Stream.concat(rows().map(Row::field), elsewhere.stream()).distinct();

        // then
        assertThat(rows).containsExactlyInAnyOrderElementsOf(fields);
    }
}
