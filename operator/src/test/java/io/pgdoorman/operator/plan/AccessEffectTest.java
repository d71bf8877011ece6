package io.pgdoorman.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.pgdoorman.operator.api.v1alpha1.AccessSpec;
import io.pgdoorman.operator.api.v1alpha1.AuthSpec;
import io.pgdoorman.operator.api.v1alpha1.ChangeClass;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccess;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccessSpec;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccessSpec.PoolRef;
import io.pgdoorman.operator.api.v1alpha1.ListMap;
import io.pgdoorman.operator.api.v1alpha1.SecretRef;
import io.pgdoorman.operator.api.v1alpha1.SecretUse;
import io.pgdoorman.operator.api.v1alpha1.SpecChange;
import io.pgdoorman.operator.api.v1alpha1.TlsSpec;
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

/// Who may enter is changed field by field, to the last one, on a live pool: each change reaches the pods without a
/// restart, as predicted.
class AccessEffectTest {
    private static final String DATABASES =
            "databases: [{name: shop, serverRefs: [main]}, {name: crm, serverRefs: [main]}]";
    private static final String AUTH = "auth: {users: [{name: app, secretRef: {name: app-db}}, {name: two, secretRef:"
        + " {name: a}, previousSecretRef: {name: b}, serverUser: rw, serverSecretRef: {name: c}, poolSize: 2}],"
        + " authQuery: {query: select $1, user: doorman, secretRef: {name: d}, database: postgres, cacheTTL: 2h,"
        + " poolSize: 11, serverUser: all, serverSecretRef: {name: e}}, tokenIssuers: [{name: cluster, keys: {from:"
        + " Cluster}, issuer: idp, audiences: [doorman], serviceAccounts: [{namespace: apps, name: web, user: two}],"
        + " endsSessions: false}, {name: web, keys: {from: URL, url: \"https://idp.example/keys\", caSecretRef: {name:"
        + " pki}}, audiences: [doorman], userClaim: sub}, {name: file, keys: {from: Secret, secretRef: {name: jwks,"
        + " key: jwks.json}}, audiences: [doorman], roleClaim: roles}], hba: [\"host all two all ldap ldapserver=d"
        + " @ldap-bind\", host all r all radius radiusservers=r @radius-secret, host all all all md5], userMaps: [m a"
        + " b], roles: [{name: r, members: [app]}], ldap: {caSecretRef: {name: pki}, bindSecretRef: {name: f}},"
        + " radius: {secretRef: {name: h}}, kerberos: {keytabSecretRef: {name: k}}, statsUser: {name: s, secretRef:"
        + " {name: g}}}";
    private static final String TLS =
            "tls: {client: {mode: Allow, certSecretRef: {name: pki}, clientCASecretRef: {name:"
                    + " pki}, minVersion: TLS1.2, cipherSuites: [TLS_AES_128_GCM_SHA256]}}";
    private static final String ACCESS = "access: {rules: [{name: apps, from: {namespaces: [apps]}, databases: [shop],"
            + " roles: [{name: ReadWrite, user: app}], quotas: {claims: 2, maxClientConnections: 8, poolSize: 3}}],"
            + " caSecretRef: {name: pki}}";

    /// One word of the spec becomes another.
    record Edit(String from, String to, ChangeClass effect) {
        static Edit hot(String from, String to) {
            return new Edit(from, to, ChangeClass.HOT);
        }

        String in(String line) {
            return line.replace(from, to);
        }
    }

    static Stream<Edit> edits() {
        return Stream.of(
                Edit.hot("secretRef: {name: a}", "secretRef: {name: z}"),
                Edit.hot("previousSecretRef: {name: b}", "previousSecretRef: {name: z}"),
                Edit.hot("serverUser: rw", "serverUser: ro"),
                Edit.hot("serverSecretRef: {name: c}", "serverSecretRef: {name: z}"),
                Edit.hot("poolSize: 2}", "poolSize: 5}"),
                Edit.hot(", {name: two,", ", {name: three, secretRef: {name: z}}, {name: two,"),
                Edit.hot("select $1", "select passwd where usename = $1"),
                Edit.hot("user: doorman", "user: asker"),
                Edit.hot("secretRef: {name: d}", "secretRef: {name: z}"),
                Edit.hot("database: postgres", "database: users"),
                Edit.hot("cacheTTL: 2h", "cacheTTL: 3h"),
                Edit.hot("poolSize: 11", "poolSize: 12"),
                Edit.hot("serverUser: all", "serverUser: everybody"),
                Edit.hot("serverSecretRef: {name: e}", "serverSecretRef: {name: z}"),
                Edit.hot("issuer: idp", "issuer: other"),
                Edit.hot("audiences: [doorman], serviceAccounts", "audiences: [door, doorman], serviceAccounts"),
                Edit.hot("name: web, user: two", "name: worker, user: two"),
                Edit.hot("namespace: apps, ", "namespace: jobs, "),
                Edit.hot("user: two}]", "user: two, database: shop}]"),
                Edit.hot("endsSessions: false", "endsSessions: true"),
                Edit.hot("https://idp.example/keys", "https://idp.example/certs"),
                Edit.hot("keys\", caSecretRef: {name: pki}", "keys\", caSecretRef: {name: pki2}"),
                Edit.hot("userClaim: sub", "userClaim: email"),
                Edit.hot("roleClaim: roles", "roleClaim: groups"),
                Edit.hot("secretRef: {name: jwks,", "secretRef: {name: jwks2,"),
                Edit.hot(
                        "from: Secret, secretRef: {name: jwks, key: jwks.json}",
                        "from: URL, url: \"https://idp.example/other\""),
                Edit.hot(
                        ", {name: web, keys:",
                        ", {name: fourth, keys: {from: Cluster}, audiences: [d]}, {name: web, keys:"),
                Edit.hot("host all all all md5]", "hostssl all all all md5]"),
                Edit.hot(
                        "hba: [\"host all two all ldap ldapserver=d @ldap-bind\", host all r all radius radiusservers=r"
                                + " @radius-secret, host all all all md5]",
                        "hbaConfigMapRef: {name: rules}"),
                Edit.hot("userMaps: [m a b]", "userMaps: [m a c]"),
                Edit.hot("members: [app]", "members: [two]"),
                Edit.hot("ldap: {caSecretRef: {name: pki}", "ldap: {caSecretRef: {name: pki2}"),
                Edit.hot("bindSecretRef: {name: f}", "bindSecretRef: {name: z}"),
                Edit.hot("radius: {secretRef: {name: h}", "radius: {secretRef: {name: z}"),
                Edit.hot("keytabSecretRef: {name: k}", "keytabSecretRef: {name: k2}"),
                Edit.hot("statsUser: {name: s,", "statsUser: {name: t,"),
                Edit.hot("secretRef: {name: g}", "secretRef: {name: z}"),
                Edit.hot("mode: Allow", "mode: VerifyFull"),
                Edit.hot(
                        "{client: {mode: Allow, certSecretRef: {name: pki}",
                        "{client: {mode: Allow, certSecretRef: {name: pki2}"),
                Edit.hot(
                        "{client: {mode: Allow, certSecretRef: {name: pki}",
                        "{client: {mode: Allow, issuerRef: {name: company}"),
                Edit.hot("clientCASecretRef: {name: pki}", "clientCASecretRef: {name: pki2}"),
                Edit.hot("minVersion: TLS1.2", "minVersion: TLS1.3"),
                Edit.hot("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"),
                Edit.hot("namespaces: [apps]", "namespaces: [others]"),
                Edit.hot("from: {namespaces: [apps]}", "from: {selector: {matchLabels: {team: other}}}"),
                Edit.hot("databases: [shop], roles", "databases: [crm], roles"),
                Edit.hot("{name: ReadWrite, user: app}", "{name: ReadWrite, user: two}"),
                Edit.hot("claims: 2", "claims: 1"),
                Edit.hot("maxClientConnections: 8", "maxClientConnections: 9"),
                Edit.hot("maxClientConnections: 8, poolSize: 3", "maxClientConnections: 8, poolSize: 4"));
    }

    private static Scene settled() {
        var scene = new Scene(DATABASES, AUTH, TLS, ACCESS)
                .secret(SecretUse.CLUSTER_KEYS, "{\"keys\": []}")
                .secret(new SecretRef("jwks", "jwks.json"), "{\"keys\": []}")
                .secret(new SecretRef("jwks2", "jwks.json"), "{\"keys\": [ ]}")
                .secret(new SecretRef(SecretRef.ISSUED, "tls.crt"), certificate())
                .secret(new SecretRef(SecretRef.ISSUED, "tls.key"), "-----BEGIN PRIVATE KEY-----issued")
                .secret(SecretRef.ofConfigMap("rules", "pg_hba.conf"), "host all all all md5")
                .claim(claim("c1"))
                .claim(claim("c2"));
        for (var name : List.of("a", "b", "c", "d", "e", "f", "g", "h", "z")) {
            scene.secret(new SecretRef(name, "password"), "password-" + name);
        }
        for (var name : List.of("k", "k2")) {
            scene.secret(new SecretRef(name, "krb5.keytab"), "BQIA");
        }
        for (var name : List.of("pki", "pki2")) {
            scene.secret(new SecretRef(name, "ca.crt"), certificate() + name)
                    .secret(new SecretRef(name, "tls.crt"), certificate())
                    .secret(new SecretRef(name, "tls.key"), "-----BEGIN PRIVATE KEY-----" + name);
        }
        scene.planAndApply();
        runs(scene.rolledOut());
        runs(scene);
        scene.later(Duration.ofMinutes(10));
        return scene;
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

    private static String certificate() {
        try {
            return Files.readString(Path.of("src/test/resources/tls/shop.pem"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<SpecChange> changes(Edit edit) {
        var scene = new Scene(DATABASES, AUTH, TLS, ACCESS);
        var before = scene.pool().getSpec();
        scene.edit(DATABASES, edit.in(AUTH), edit.in(TLS), edit.in(ACCESS));
        return SpecChange.between(before, scene.pool().getSpec());
    }

    @ParameterizedTest
    @MethodSource("edits")
    void reachesThePodsWithoutARestart(Edit edit) {
        // given
        var scene = settled();
        var template =
                Objects.requireNonNull(scene.children().deployment()).getSpec().getTemplate();
        var hash = scene.stored().current().hash();

        // when
        scene.edit(DATABASES, edit.in(AUTH), edit.in(TLS), edit.in(ACCESS));
        scene.planAndApply();

        // then
        assertThat(changes(edit)).isNotEmpty();
        assertThat(SpecChange.effect(changes(edit))).as("predicted").isEqualTo(edit.effect());
        assertThat(scene.want()).isInstanceOf(Want.Config.class);
        assertThat(scene.stored().current().hash()).as("a new configuration").isNotEqualTo(hash);
        runs(scene);
        assertThat(Objects.requireNonNull(scene.children().deployment())
                        .getSpec()
                        .getTemplate())
                .as("the pods stay")
                .isEqualTo(template);
    }

    @Test
    void everyFieldIsChangedByARow() {
        // given
        var fields = new TreeSet<String>();
        leaves(AuthSpec.class, "spec.auth", fields);
        leaves(TlsSpec.class, "spec.tls", fields);
        leaves(AccessSpec.class, "spec.access", fields);
        // applications get it in their Secrets, pods never see it
        fields.remove("spec.access.caSecretRef");

        // when
        Set<String> changed = edits().flatMap(edit -> changes(edit).stream())
                .map(change -> change.path().replaceAll("\\[[^]]*]", ""))
                .collect(Collectors.toCollection(TreeSet::new));

        // then
        assertThat(fields.stream()
                        .filter(field ->
                                changed.stream().noneMatch(path -> path.equals(field) || path.startsWith(field + ".")))
                        .toList())
                .as("fields that no row changes")
                .isEmpty();
    }

    /// What a change can be about: a field, or the list that has no keys, or a reference.
    private static void leaves(Class<?> type, String path, Set<String> into) {
        for (var component : type.getRecordComponents()) {
            var own = path + "." + component.getName();
            var item = item(component);
            if (component.getType().isRecord()
                    && !component.getType().getSimpleName().endsWith("Ref")) {
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
