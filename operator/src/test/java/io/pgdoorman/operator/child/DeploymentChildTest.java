package io.pgdoorman.operator.child;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.Manifest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Golden objects: `out-*.yaml` beside the manifests; `-Dgolden.write=true` rewrites them.
class DeploymentChildTest {

    private static final Path GOLDEN = Path.of("src/test/resources/manifests");
    private static final YAMLMapper YAML = YAMLMapper.builder()
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .build();

    private static DoormanPool pool(String name) throws Exception {
        var read = Manifest.readAll(Files.readString(GOLDEN.resolve("valid-" + name + ".yaml")))
                .getFirst();
        var pool = ((Manifest.Read.Valid) read).pool();
        pool.getMetadata().setNamespace("prod");
        pool.getMetadata().setUid("u-1");
        return pool;
    }

    private static void isGolden(String name, HasMetadata object) throws Exception {
        var file = GOLDEN.resolve("out-" + name + ".yaml");
        var text = YAML.writeValueAsString(object);
        if (Boolean.getBoolean("golden.write")) {
            Files.writeString(file, text);
        }
        assertThat(text).isEqualTo(Files.readString(file));
    }

    @Test
    void smallestPoolGivesARestrictedDeployment() throws Exception {
        // given
        var pool = pool("smallest");

        // when
        var deployment = DeploymentChild.of(pool, "pgdoorman/pooler:dev", "b00t");

        // then
        isGolden("smallest-deployment", deployment);
    }

    @Test
    void everyFieldReachesItsPlace() throws Exception {
        // given
        var pool = pool("everything");

        // when
        var deployment = DeploymentChild.of(pool, "pgdoorman/pooler:dev", "b00t");

        // then
        isGolden("everything-deployment", deployment);
        isGolden("everything-service", ServiceChild.of(pool));
        isGolden("everything-read-only-service", ServiceChild.readOnly(pool));
        isGolden("everything-budget", DisruptionBudgetChild.of(pool, null));
        isGolden("everything-monitor", PodMonitorChild.of(pool));
    }

    @Test
    void aCertificateIsAskedForInAllNamesOfTheServices() throws Exception {
        // given
        var pool = pool("issuer");
        var issuer = Objects.requireNonNull(pool.getSpec().tls().client().issuerRef());

        // when
        var certificate = CertificateChild.of(pool, issuer);

        // then
        isGolden("issuer-certificate", certificate);
    }

    @ParameterizedTest
    @CsvSource({
        "pgdoorman/pooler:dev, pgdoorman/pooler:1.2.0",
        "registry.example:5000/pooler, registry.example:5000/pooler:1.2.0",
        "registry.example:5000/pooler:1.1.0, registry.example:5000/pooler:1.2.0",
        "pooler:1.1.0@sha256:0123, pooler:1.2.0"
    })
    void aVersionIsATagOfTheDefaultImage(String defaultImage, String expected) throws Exception {
        // given
        var pool = pool("rules");

        // when
        var image = DeploymentChild.image(pool, defaultImage);

        // then
        assertThat(image).isEqualTo(expected);
    }

    @Test
    void whatTheServerAddsIsNoDrift() throws Exception {
        // given
        var marked = Drift.marked(DeploymentChild.of(pool("everything"), "i", "b00t"));
        var live = copy(marked);
        live.getMetadata().setUid("u-2");
        live.getSpec().getTemplate().getSpec().setDnsPolicy("ClusterFirst");
        live.getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst()
                .getResources()
                .setRequests(Map.of("cpu", new Quantity("0.5"), "memory", new Quantity("256Mi")));

        // when
        var needed = Drift.isNeeded(live, marked);

        // then
        assertThat(needed).isFalse();
    }

    @Test
    void whatSomebodyChangedOrLeftOverIsDrift() throws Exception {
        // given
        var marked = Drift.marked(DeploymentChild.of(pool("everything"), "i", "b00t"));
        var scaled = copy(marked);
        scaled.getSpec().setReplicas(9);
        var before = copy(Drift.marked(DeploymentChild.of(pool("everything"), "i", "b00t")));
        var fewer = DeploymentChild.of(pool("everything"), "i", "b00t");
        fewer.getSpec().getTemplate().getSpec().setPriorityClassName(null);

        // when
        var isScaled = Drift.isNeeded(scaled, marked);
        var isFewer = Drift.isNeeded(before, Drift.marked(fewer));

        // then
        assertThat(isScaled).isTrue();
        assertThat(isFewer).isTrue();
    }

    private static Deployment copy(Deployment deployment) throws Exception {
        var json = JsonMapper.builder().build();
        return json.readValue(json.writeValueAsString(deployment), Deployment.class);
    }
}
