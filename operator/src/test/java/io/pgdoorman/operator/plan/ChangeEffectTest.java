package io.pgdoorman.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.pgdoorman.operator.api.v1alpha1.ChangeClass;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccess;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccessSpec;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccessSpec.PoolRef;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolSpec;
import io.pgdoorman.operator.api.v1alpha1.ListMap;
import io.pgdoorman.operator.api.v1alpha1.SecretRef;
import io.pgdoorman.operator.api.v1alpha1.SecretUse;
import io.pgdoorman.operator.api.v1alpha1.SpecChange;
import io.pgdoorman.operator.plan.ChangeRows.Row;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Each field of the spec, to the last one, is changed on a live pool: what its class predicts is what the plan does.
class ChangeEffectTest {

    private static final String CERTIFICATE = certificate();

    private static String certificate() {
        try {
            return Files.readString(Path.of("src/test/resources/tls/shop.pem"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Stream<Row> rows() {
        return ChangeRows.all();
    }

    private static Scene settled(Row row) {
        var scene = scene(row)
                .secret(SecretUse.CLUSTER_KEYS, "{\"keys\": []}")
                .secret(SecretRef.ofConfigMap("rules", "pg_hba.conf"), "host all all all md5")
                .secret(SecretRef.ofConfigMap("rules", "other.conf"), "host all all all reject")
                .secret(SecretRef.ofConfigMap("rules2", "pg_hba.conf"), "hostssl all all all md5")
                .certificate(CERTIFICATE);
        ChangeRows.secrets()
                .forEach((name, keys) -> scene.secret(
                        name, keys.stream().collect(Collectors.toMap(key -> key, key -> value(name, key)))));
        for (var number = 0; number < row.claims(); number++) {
            scene.claim(claim("c" + number));
        }
        scene.planAndApply();
        runs(scene.rolledOut());
        scene.later(Duration.ofMinutes(10));
        return scene;
    }

    private static Scene scene(Row row) {
        return new Scene(row.before().toArray(String[]::new));
    }

    private static Scene edit(Scene scene, Row row) {
        return scene.edit(row.after().toArray(String[]::new));
    }

    private static String value(String name, String key) {
        return switch (key.substring(key.indexOf('.') + 1)) {
            case "crt" -> CERTIFICATE + name + key;
            case "key" -> "-----BEGIN PRIVATE KEY-----" + name;
            case "crl" -> "-----BEGIN X509 CRL-----" + name + key;
            case "json" -> "{\"keys\": []}";
            case "keytab" -> "BQIA"; // the beginning of one, in base64
            default -> name + key;
        };
    }

    private static void runs(Scene scene) {
        var hash = scene.stored().current().hash();
        scene.pod("a", hash).pod("b", hash);
        scene.planAndApply();
    }

    private static DoormanDatabaseAccess claim(String uid) {
        var claim = new DoormanDatabaseAccess();
        claim.setMetadata(new ObjectMetaBuilder()
                .withNamespace("apps")
                .withName("web-" + uid)
                .withUid(uid)
                .withGeneration(1L)
                .build());
        claim.setSpec(new DoormanDatabaseAccessSpec(
                new PoolRef("shop", "prod"), "shop", "ReadWrite", "shop-" + uid, null, null, null, null));
        return claim;
    }

    @ParameterizedTest
    @MethodSource("rows")
    void whatIsPredictedHappens(Row row) {
        // given
        var scene = settled(row);
        var before = scene.pool().getSpec();
        var deployed = Objects.requireNonNull(scene.children().deployment());
        var certificate = scene.children().certificate();
        var hash = scene.stored().current().hash();

        // when
        edit(scene, row);
        var predicted =
                SpecChange.effect(SpecChange.between(before, scene.pool().getSpec()));
        scene.planAndApply();
        issue(certificate, scene);
        runs(scene);
        runs(scene);

        // then
        assertThat(predicted).as("predicted").isEqualTo(row.effect());
        assertThat(scene.want()).isInstanceOf(Want.Config.class);
        var now = Objects.requireNonNull(scene.children().deployment());
        assertThat(effect(deployed, now, !hash.equals(scene.stored().current().hash())))
                .as("what happened")
                .isEqualTo(row.effect());
    }

    /// Who signs certificates signs another one when it is asked for something else.
    private static void issue(@Nullable GenericKubernetesResource asked, Scene scene) {
        var now = scene.children().certificate();
        if (asked != null && now != null && !asked.getAdditionalProperties().equals(now.getAdditionalProperties())) {
            scene.certificate(CERTIFICATE + "again");
            scene.planAndApply();
        }
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
    void everyFieldIsChangedByARow() {
        // given
        var fields = new TreeSet<String>();
        leaves(DoormanPoolSpec.class, "spec", fields);

        // when
        Set<String> changed = rows().flatMap(row -> changes(row).stream())
                .map(change -> change.path().replaceAll("\\[[^]]*]", ""))
                .collect(Collectors.toCollection(TreeSet::new));

        // then
        fields.removeIf(
                field -> changed.contains(field) || changed.stream().anyMatch(path -> path.startsWith(field + ".")));
        assertThat(fields).as("fields that no row changes").isEmpty();
    }

    private static List<SpecChange> changes(Row row) {
        var scene = scene(row);
        var before = scene.pool().getSpec();
        return SpecChange.between(before, edit(scene, row).pool().getSpec());
    }

    /// All that a change can be about: fields, and lists that gain or lose an item.
    private static void leaves(Class<?> type, String path, Set<String> into) {
        for (var component : type.getRecordComponents()) {
            var own = path + "." + component.getName();
            var item = item(component);
            if (component.getType().isRecord()) {
                leaves(component.getType(), own, into);
            } else if (item != null && component.isAnnotationPresent(ListMap.class)) {
                into.add(own);
                leaves(item, own, into);
                into.remove(own + "." + component.getAnnotation(ListMap.class).value());
            } else {
                into.add(own);
            }
        }
    }

    private static @Nullable Class<?> item(RecordComponent component) {
        return component.getGenericType() instanceof ParameterizedType list
                        && list.getActualTypeArguments()[0] instanceof Class<?> item
                        && item.isRecord()
                ? item
                : null;
    }
}
