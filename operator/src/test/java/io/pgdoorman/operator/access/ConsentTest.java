package io.pgdoorman.operator.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.pgdoorman.operator.access.Decision.Granted;
import io.pgdoorman.operator.access.Decision.Refused;
import io.pgdoorman.operator.access.Decision.Why;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccess;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccessSpec;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccessSpec.PoolRef;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.Manifest;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConsentTest {

    private static final String RULES = """
        - name: team
          from: {namespaces: [orders, billing]}
          databases: [shop]
          roles: [{name: ReadWrite, user: app}, {name: ReadOnly, user: report}]
          quotas: {claims: 2, poolSize: 5, maxClientConnections: 100}
        - name: labelled
          from: {selector: {matchLabels: {tier: gold}, matchExpressions: [{key: frozen, operator: DoesNotExist}]}}
          databases: [shop, archive]
          roles: [{name: ReadOnly, user: report}]
        """;
    private static final Map<String, Map<String, String>> NAMESPACES = Map.of(
            "orders", Map.of(),
            "gold", Map.of("tier", "gold"),
            "frozen", Map.of("tier", "gold", "frozen", "yes"));

    private static DoormanPool pool(String rules) {
        var manifest = """
            apiVersion: pgdoorman.io/v1alpha1
            kind: DoormanPool
            metadata: {name: main, namespace: data, uid: u-1, generation: 1}
            spec:
              servers: [{name: main, host: db.example}]
              databases:
              - {name: shop, serverRefs: [main], poolSize: 20}
              - {name: archive, serverRefs: [main], poolSize: 3}
              auth:
                users:
                - {name: app, secretRef: {name: app-db}}
                - {name: report, secretRef: {name: report-db}}
              access:
                rules:
            """ + rules.indent(4);
        var read = Manifest.readAll(manifest).getFirst();
        assertThat(read).isInstanceOf(Manifest.Read.Valid.class);
        return ((Manifest.Read.Valid) read).pool();
    }

    private static DoormanDatabaseAccess claim(
            String namespace, String name, String database, String role, @Nullable Integer poolSize) {
        var claim = new DoormanDatabaseAccess();
        claim.setMetadata(new ObjectMetaBuilder()
                .withNamespace(namespace)
                .withName(name)
                .withUid("12345678-9abc-def0-" + namespace + "-" + name)
                .withCreationTimestamp("2026-11-24T12:00:00Z")
                .build());
        claim.setSpec(new DoormanDatabaseAccessSpec(
                new PoolRef("main", "data"), database, role, null, null, null, poolSize, null));
        return claim;
    }

    private static Decision decide(DoormanDatabaseAccess claim) {
        return Consent.decide(pool(RULES), List.of(claim), NAMESPACES).getFirst();
    }

    @ParameterizedTest
    @CsvSource({
        "orders, shop, ReadWrite, app",
        "billing, shop, ReadOnly, report",
        "gold, archive, ReadOnly, report",
    })
    void grantsWhatARuleNames(String namespace, String database, String role, String serverUser) {
        // given
        var claim = claim(namespace, "web", database, role, null);

        // when
        var decision = decide(claim);

        // then
        assertThat(decision)
                .isInstanceOfSatisfying(
                        Granted.class,
                        granted -> assertThat(granted.serverUser()).isEqualTo(serverUser));
    }

    @ParameterizedTest
    @CsvSource({
        "stranger, shop, ReadWrite",
        "orders, archive, ReadOnly",
        "orders, nowhere, ReadWrite",
        "orders, shop, Admin",
        "gold, shop, ReadWrite",
        "frozen, shop, ReadOnly",
    })
    void whoIsNotGrantedHearsTheSameAsWithoutAPool(String namespace, String database, String role) {
        // given
        var claim = claim(namespace, "web", database, role, null);

        // when
        var decision = decide(claim);

        // then
        assertThat(decision).isEqualTo(Consent.notGranted(claim));
    }

    @Test
    void aNamespaceThatIsNotSeenFitsNoSelector() {
        // given
        var claim = claim("gold", "web", "shop", "ReadOnly", null);

        // when
        var decisions = Consent.decide(pool(RULES), List.of(claim), Map.of());

        // then
        assertThat(decisions).containsExactly(Consent.notGranted(claim));
    }

    @Test
    void aQuotaCapsWhatIsUsualAndRefusesWhatIsAskedBeyond() {
        // given
        var usual = claim("orders", "usual", "shop", "ReadWrite", null);
        var less = claim("orders", "less", "shop", "ReadWrite", 2);
        var more = claim("orders", "more", "shop", "ReadWrite", 6);

        // when / then
        assertThat(decide(usual)).isInstanceOfSatisfying(Granted.class, granted -> {
            assertThat(granted.poolSize()).isEqualTo(5);
            assertThat(granted.maxClientConnections()).isEqualTo(100);
        });
        assertThat(decide(less))
                .isInstanceOfSatisfying(
                        Granted.class, granted -> assertThat(granted.poolSize()).isEqualTo(2));
        assertThat(decide(more))
                .isEqualTo(new Refused(more, Why.QUOTA_EXCEEDED, "poolSize is 6, at most 5 is granted"));
    }

    @Test
    void theOldestClaimsOfANamespaceAreGranted() {
        // given
        var first = claim("orders", "a", "shop", "ReadWrite", null);
        var second = claim("orders", "b", "shop", "ReadWrite", null);
        var young = claim("orders", "0", "shop", "ReadWrite", null);
        var other = claim("billing", "z", "shop", "ReadWrite", null);
        young.getMetadata().setCreationTimestamp("2026-11-24T12:00:01Z");

        // when
        var decisions = Consent.decide(pool(RULES), List.of(young, second, first, other), NAMESPACES);

        // then
        assertThat(decisions.stream().filter(Refused.class::isInstance).map(Decision::claim))
                .containsExactly(young);
    }

    @Test
    void usersAreReadableFitPostgresAndDifferWhenAClaimIsMadeAnew() {
        // given
        var before = claim("orders", "web", "shop", "ReadWrite", null);
        var anew = claim("orders", "web", "shop", "ReadWrite", null);
        anew.getMetadata().setUid("abcdef01-9abc-def0-1234-56789abcdef0");
        var lengthy = claim("orders", "w".repeat(200), "shop", "ReadWrite", null);

        // when
        var users = List.of(before, anew, lengthy).stream()
                .map(claim -> ((Granted) decide(claim)).user())
                .toList();

        // then
        assertThat(users.get(0)).isEqualTo("orders.web-123456789abc");
        assertThat(users.get(1)).isEqualTo("orders.web-abcdef019abc");
        assertThat(users.get(2))
                .startsWith("orders.www")
                .endsWith("-123456789abc")
                .hasSize(63);
    }

    @Test
    void aClaimOfAServiceAccountNeedsAPoolThatTakesItsTokens() {
        // given
        var claim = claim("orders", "web", "shop", "ReadWrite", null);
        claim.setSpec(new DoormanDatabaseAccessSpec(
                new PoolRef("main", "data"), "shop", "ReadWrite", null, "worker", null, null, null));
        var stranger = claim("stranger", "web", "shop", "ReadWrite", null);
        stranger.setSpec(claim.getSpec());
        var takesTokens = pool(RULES);
        var issuer = Manifest.readAll("""
            apiVersion: pgdoorman.io/v1alpha1
            kind: DoormanPool
            metadata: {name: main}
            spec:
              servers: [{name: main, host: db.example}]
              databases: [{name: shop, serverRefs: [main]}]
              tls: {client: {certSecretRef: {name: shop-tls}}}
              auth:
                users: [{name: app, secretRef: {name: app-db}}]
                tokenIssuers: [{name: cluster, keys: {from: Cluster}, audiences: [doorman]}]
              access: {rules: [{name: apps, from: {namespaces: [orders]}, databases: [shop], roles: [{name: ReadWrite, user: app}]}]}
            """).getFirst();
        takesTokens.setSpec(((Manifest.Read.Valid) issuer).pool().getSpec());

        // when
        var without = decide(claim);
        var with = Consent.decide(takesTokens, List.of(claim), NAMESPACES).getFirst();

        // then
        assertThat(without)
                .isInstanceOfSatisfying(
                        Refused.class, refused -> assertThat(refused.why()).isEqualTo(Why.NO_TOKENS));
        assertThat(decide(stranger)).isEqualTo(Consent.notGranted(stranger));
        assertThat(with)
                .isInstanceOfSatisfying(
                        Granted.class,
                        granted -> assertThat(
                                        Objects.requireNonNull(granted.issuer()).name())
                                .isEqualTo("cluster"));
    }
}
