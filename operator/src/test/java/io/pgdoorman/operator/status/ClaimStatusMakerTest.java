package io.pgdoorman.operator.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.pgdoorman.operator.access.TenantPassword;
import io.pgdoorman.operator.api.v1alpha1.Condition;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccess;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccessSpec;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccessSpec.PoolRef;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccessStatus.Rotation;
import io.pgdoorman.operator.api.v1alpha1.RotationSpec;
import io.pgdoorman.operator.api.v1alpha1.SecretRef;
import io.pgdoorman.operator.api.v1alpha1.SecretUse;
import io.pgdoorman.operator.child.SecretChild;
import io.pgdoorman.operator.child.StoredConfig.Rejection;
import io.pgdoorman.operator.plan.Scene;
import io.pgdoorman.operator.plan.Step;
import io.pgdoorman.operator.plan.Want;
import io.pgdoorman.operator.podlink.PodLink.Load;
import io.pgdoorman.operator.podlink.PodLink.State;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ClaimStatusMakerTest {

    private static final String RULE = "access: {rules: [{name: apps, from: {namespaces: [apps]}, databases: [shop],"
            + " roles: [{name: ReadWrite, user: app}], quotas: {poolSize: 3}}]}";
    private static final String USER = "apps.web-c1";

    private static DoormanDatabaseAccess claim() {
        var claim = new DoormanDatabaseAccess();
        claim.setMetadata(new ObjectMetaBuilder()
                .withNamespace("apps")
                .withName("web")
                .withUid("c1")
                .withGeneration(1L)
                .build());
        claim.setSpec(new DoormanDatabaseAccessSpec(
                new PoolRef("shop", "prod"), "shop", "ReadWrite", "shop-db", null, null, null, null));
        return claim;
    }

    private static Scene settled(String... extra) {
        var scene = new Scene(extra);
        scene.planAndApply();
        runs(scene.rolledOut());
        scene.later(Duration.ofMinutes(10));
        return scene;
    }

    /// All pods load what is wanted.
    private static Scene runs(Scene scene) {
        var hash = scene.stored().current().hash();
        scene.pod("a", hash).pod("b", hash);
        scene.planAndApply();
        return scene;
    }

    private static Scene granted(DoormanDatabaseAccess claim) {
        var scene = settled(RULE).claim(claim);
        scene.planAndApply();
        return runs(scene);
    }

    private static Map<String, String> text(Secret secret) {
        var text = new TreeMap<String, String>();
        secret.getData().forEach((key, value) -> text.put(key, SecretChild.decode(value)));
        return text;
    }

    private static String words(Scene scene, DoormanDatabaseAccess claim) {
        var seen = scene.seen();
        var plan = scene.planAndApply();
        var decision = seen.access().decisions().stream()
                .filter(one -> one.claim().equals(claim))
                .findFirst()
                .orElseThrow();
        var status = ClaimStatusMaker.make(scene.pool(), seen, plan, decision, scene.now());
        claim.setStatus(status);
        return status.conditions().stream()
                .map((Condition condition) -> condition.type() + "=" + condition.status() + "/" + condition.reason())
                .collect(Collectors.joining(" "));
    }

    @Test
    void whileAPasswordIsExchangedTheClaimStaysReadyAndItsSecretFollowsThePods() {
        // given
        var claim = claim();
        var scene = granted(claim);
        var settled = words(scene, claim);
        var since = scene.now();
        var first = "password-of-" + USER;

        // when
        scene.password(USER, new TenantPassword("second", since, first, null));
        var begun = words(scene, claim);
        var config = scene.stored().current().text();
        var early = text(Objects.requireNonNull(scene.output(claim))).get("password");
        runs(scene);
        var loaded = words(scene, claim);
        var late = text(Objects.requireNonNull(scene.output(claim))).get("password");

        // then
        assertThat(List.of(settled, begun, loaded)).containsOnly("Ready=True/Bound Accepted=True/Granted");
        assertThat(config).contains("previous_password");
        assertThat(early).isEqualTo(first);
        assertThat(late).isEqualTo("second");
    }

    @Test
    void theExchangeIsToldWithItsTimesAndTheLoginsByThePasswordBefore() {
        // given
        var claim = claim();
        var spec = claim.getSpec();
        claim.setSpec(new DoormanDatabaseAccessSpec(
                spec.poolRef(), "shop", "ReadWrite", "shop-db", null, null, null, new RotationSpec("24h", "1h")));
        var scene = granted(claim);
        var since = scene.now();
        scene.password(USER, new TenantPassword("second", since, "password-of-" + USER, since));
        runs(scene);
        var hash = scene.hash();
        scene.pod("a", hash, new State("1", "ready", hash, 1, null, Load.NONE, Map.of(USER, 3L)))
                .pod("b", hash, new State("1", "ready", hash, 1, null, Load.NONE, Map.of(USER, 4L)));

        // when
        words(scene, claim);
        var during = Objects.requireNonNull(claim.getStatus());
        scene.password(USER, new TenantPassword("second", since, null, null));
        words(scene, claim);
        var after = Objects.requireNonNull(claim.getStatus());

        // then
        assertThat(during.rotation())
                .isEqualTo(new Rotation(
                        since.toString(),
                        since.plus(Duration.ofHours(24)).toString(),
                        since.plus(Duration.ofHours(1)).toString(),
                        7L));
        assertThat(Transitions.between(during, after))
                .extracting(Happening::reason, Happening::note)
                .containsExactly(
                        tuple("PasswordRetired", "the password before lets in no more; 7 logins were made by it"));
    }

    @Test
    void theSecretComesWhenAllPodsKnowTheUser() {
        // given
        var claim = claim();
        var scene = settled(RULE).claim(claim);

        // when
        var first = words(scene, claim);
        var early = scene.output(claim);
        scene.pod("a", scene.hash());
        var half = words(scene, claim);
        var tooEarly = scene.output(claim);
        scene.pod("b", scene.hash());
        var last = words(scene, claim);

        // then
        assertThat(List.of(first, half))
                .containsOnly("Ready=False/WaitingForPods Reconciling=True/WaitingForPods Accepted=True/Granted");
        assertThat(early).isNull();
        assertThat(tooEarly).isNull();
        assertThat(last).isEqualTo("Ready=True/Bound Accepted=True/Granted");
        assertThat(text(Objects.requireNonNull(scene.output(claim))))
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "host", "shop.prod.svc",
                        "port", "6432",
                        "dbname", "shop",
                        "user", USER,
                        "password", "password-of-" + USER,
                        "sslmode", "prefer",
                        "uri", "postgresql://" + USER + ":password-of-" + USER + "@shop.prod.svc:6432/shop",
                        "jdbc-url", "jdbc:postgresql://shop.prod.svc:6432/shop"));
        assertThat(scene.plan().steps()).isEmpty();
    }

    @Test
    void aServiceAccountGetsNoPasswordButTheAudienceOfItsTokens() throws Exception {
        // given
        var claim = claim();
        claim.setSpec(new DoormanDatabaseAccessSpec(
                new PoolRef("shop", "prod"), "shop", "ReadWrite", "shop-db", "worker", null, null, null));
        var certificate = Files.readString(Path.of("src/test/resources/tls/shop.pem"));
        var scene = new Scene(
                        RULE,
                        "tls: {client: {certSecretRef: {name: pki}}}",
                        "auth: {users: [{name: app, secretRef: {name: app-db}}],"
                                + " tokenIssuers: [{name: cluster, keys: {from: Cluster}, audiences: [doorman]}]}")
                .secret(new SecretRef("pki", "tls.crt"), certificate)
                .secret(new SecretRef("pki", "tls.key"), "-----BEGIN PRIVATE KEY-----")
                .secret(SecretUse.CLUSTER_KEYS, "{\"keys\": []}")
                .claim(claim);
        scene.planAndApply();
        runs(scene.rolledOut());

        // when
        scene.planAndApply();

        // then
        assertThat(scene.stored().current().text()).contains("""
                - namespace: "apps"
                  name: "worker"
                  user: "apps.web-c1"
                  database: "shop"
            """.indent(0));
        assertThat(text(Objects.requireNonNull(scene.output(claim))))
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "host", "shop.prod.svc",
                        "port", "6432",
                        "dbname", "shop",
                        "user", USER,
                        "audience", "doorman",
                        "sslmode", "require",
                        "uri", "postgresql://" + USER + "@shop.prod.svc:6432/shop?sslmode=require",
                        "jdbc-url", "jdbc:postgresql://shop.prod.svc:6432/shop?sslmode=require"));
    }

    @Test
    void theUserEntersTheServerAsTheUserOfTheRule() {
        // given
        var scene = granted(claim());

        // when
        var text = scene.stored().current().text();

        // then
        assertThat(text).contains("""
                - username: "apps.web-c1"
                  password:
                    file: "/etc/pgdoorman/tenant-apps.web-c1-1"
                  pool_size: 3
                  server_username: "app"
                  server_password:
                    file: "/etc/pgdoorman/user-app-1"
            """);
    }

    @Test
    void aWithdrawnClaimTakesTheUserOutOfTheConfigurationAndLastThePassword() {
        // given
        var claim = claim();
        var scene = granted(claim);
        scene.withdraw(claim);

        // when
        scene.planAndApply();
        var kept = scene.seen().children().access();
        var text = scene.stored().current().text();
        runs(scene);
        scene.planAndApply();

        // then
        assertThat(text).doesNotContain(USER);
        assertThat(kept).isNotNull();
        assertThat(scene.seen().children().access()).isNull();
        assertThat(scene.plan().steps()).isEmpty();
    }

    @Test
    void aWithdrawnRuleTakesTheSecretAwayAtOnce() {
        // given
        var claim = claim();
        var scene = granted(claim);
        scene.edit();

        // when
        var words = words(scene, claim);

        // then
        assertThat(words).isEqualTo("Ready=False/NotGranted Stalled=True/NotGranted Accepted=False/NotGranted");
        assertThat(scene.output(claim)).isNull();
        assertThat(scene.stored().current().text()).doesNotContain(USER);
    }

    @Test
    void aMissingSecretOfThePoolDoesNotKeepARevokedUserIn() {
        // given
        var claim = claim();
        var scene = granted(claim).noSecret();
        scene.withdraw(claim);

        // when
        scene.planAndApply();

        // then
        var stored = scene.stored();
        assertThat(stored.current().text()).contains("\"app\"").doesNotContain(USER);
        assertThat(Objects.requireNonNull(stored.lastGood()).text()).doesNotContain(USER);
        assertThat(scene.plan().steps()).anyMatch(step -> step instanceof Step.Reload);
    }

    @Test
    void whatIsGoneBackToDoesNotLetARevokedUserIn() {
        // given
        var claim = claim();
        var scene = granted(claim);
        scene.withdraw(claim);
        scene.edit(RULE, "limits: {maxClientConnections: 77}");
        scene.planAndApply();

        // when
        scene.refused(new Rejection(scene.hash(), "a", "is bad")).planAndApply();

        // then
        var stored = scene.stored();
        assertThat(stored.rejected()).isNotNull();
        assertThat(stored.current().text()).contains("10000").doesNotContain(USER);
    }

    @Test
    void aSecretThatIsNotTheClaimsIsLeftAlone() {
        // given
        var claim = claim();
        var foreign = new SecretBuilder()
                .withNewMetadata()
                .withName("shop-db")
                .withNamespace("apps")
                .endMetadata()
                .build();
        var scene = settled(RULE).claim(claim).inTheWay(claim, foreign);
        scene.planAndApply();
        runs(scene);

        // when
        var words = words(scene, claim);

        // then
        assertThat(words).isEqualTo("Ready=False/ChildConflict Stalled=True/ChildConflict Accepted=True/Granted");
        assertThat(scene.output(claim)).isEqualTo(foreign);
    }

    @Test
    void aSecretThatTheApiServerRefusesOpensNothing() {
        // given
        var claim = claim();
        var scene = settled(RULE).claim(claim);
        var granted = scene.seen().access().granted().getFirst();

        // when
        var status = ClaimStatusMaker.unwritten(
                scene.pool(), scene.seen(), new ClaimStatusMaker.Refusal(granted, "exceeded quota"), scene.now());

        // then
        assertThat(status.conditions())
                .extracting(one -> one.type() + "=" + one.status() + "/" + one.reason() + " " + one.message())
                .containsExactly(
                        "Ready=False/SecretRefused exceeded quota",
                        "Stalled=True/SecretRefused exceeded quota",
                        "Accepted=True/Granted the pool's owner gives this access");
        assertThat(status.secretName()).isNull();
    }

    @Test
    void theNetworkPolicyNamesTheNamespacesOfGrantedClaims() {
        // given
        var scene = settled(RULE, "networkPolicy: {enabled: true, monitoringNamespaces: [metrics]}")
                .claim(claim());

        // when
        scene.planAndApply();

        // then
        var ingress = Objects.requireNonNull(scene.seen().children().policy())
                .getSpec()
                .getIngress();
        var clients = ingress.get(0);
        var observers = ingress.get(1);
        assertThat(clients.getPorts().getFirst().getPort().getStrVal()).isEqualTo("postgres");
        assertThat(clients.getFrom()).hasSize(2);
        assertThat(clients.getFrom().get(0).getPodSelector()).isNotNull();
        assertThat(clients.getFrom().get(1).getNamespaceSelector().getMatchLabels())
                .containsExactly(Map.entry("kubernetes.io/metadata.name", "apps"));
        assertThat(observers.getFrom().stream()
                        .map(peer ->
                                peer.getNamespaceSelector().getMatchLabels().get("kubernetes.io/metadata.name")))
                .containsExactly("doorman", "metrics");
    }

    @Test
    void aUserWithAHashCannotStandBehindARole() {
        // given
        var scene = new Scene(RULE).secret("1", "md50123456789abcdef0123456789abcdef");

        // when
        var want = scene.want();

        // then
        assertThat(want)
                .isInstanceOfSatisfying(
                        Want.Wrong.class,
                        wrong -> assertThat(wrong.problems())
                                .singleElement()
                                .asString()
                                .startsWith(
                                        "spec.access.rules[apps].roles[ReadWrite].user: Secret app-db of user app has"
                                                + " a hash"));
    }
}
