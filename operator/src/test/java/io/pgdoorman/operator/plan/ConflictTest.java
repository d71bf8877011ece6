package io.pgdoorman.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccess;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccessSpec;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccessSpec.PoolRef;
import io.pgdoorman.operator.observe.PodView;
import io.pgdoorman.operator.podlink.PodLink.Load;
import io.pgdoorman.operator.podlink.PodLink.State;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Objects of others by the names of a pool's own keep nobody in who is revoked.
class ConflictTest {

    private static final String RULE = "access: {rules: [{name: apps, from: {namespaces: [apps]}, databases: [shop],"
            + " roles: [{name: ReadWrite, user: app}], quotas: {poolSize: 3}}]}";
    private static final String USER = "apps.web-c1";

    private final DoormanDatabaseAccess claim = claim();

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

    private Scene granted() {
        var scene = Scene.settled(RULE).claim(claim);
        scene.planAndApply();
        scene.pod("a", scene.hash()).pod("b", scene.hash()).planAndApply();
        assertThat(scene.stored().current().text()).contains(USER);
        return scene;
    }

    private static HasMetadata service() {
        return new ServiceBuilder()
                .withNewMetadata()
                .withName("shop")
                .endMetadata()
                .build();
    }

    private static HasMetadata secret(String name) {
        return new SecretBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .build();
    }

    private static boolean isAsked(Plan plan) {
        return plan.steps().stream().anyMatch(Step.Reload.class::isInstance);
    }

    @Test
    void whoIsRevokedLeavesThoughAServiceIsInTheWay() {
        // given
        var scene = granted().child(service()).withdraw(claim);

        // when
        var plan = scene.planAndApply();

        // then
        assertThat(plan.situation().foreign()).isNotEmpty();
        assertThat(isAsked(plan)).isTrue();
        assertThat(scene.stored().current().text()).doesNotContain(USER);
    }

    @Test
    void whoIsRevokedLeavesThoughTheSecretOfPasswordsIsInTheWay() {
        // given
        var scene = granted().child(secret("shop-access")).withdraw(claim);

        // when
        var plan = scene.planAndApply();

        // then
        assertThat(plan.steps())
                .noneMatch(step ->
                        step instanceof Step.Apply(var child) && child.getKind().equals("Secret"));
        assertThat(isAsked(plan)).isTrue();
        assertThat(scene.stored().current().text()).doesNotContain(USER);
        assertThat(Objects.requireNonNull(scene.stored().lastGood()).text()).doesNotContain(USER);
    }

    @Test
    void aSecretIsExchangedThoughAServiceIsInTheWay() {
        // given
        var scene = granted().child(service()).secret("2", "n3w");

        // when
        var plan = scene.planAndApply();

        // then
        assertThat(isAsked(plan)).isTrue();
        assertThat(scene.stored().current().text()).contains("user-app-2");
    }

    @Test
    void noPodIsReplacedBesideAConflict() {
        // given
        var scene = granted().child(service()).edit(RULE, "port: 7000", "limits: {maxClientConnections: 77}");

        // when
        scene.planAndApply();
        scene.pod("a", scene.stored().current().hash())
                .pod("b", scene.stored().current().hash());
        scene.planAndApply();

        // then
        assertThat(scene.stored().current().text()).contains("port: 6432", "max_connections: 77");
    }

    @Test
    void aConfigMapOfSomebodyElseIsLeftAlone() {
        // given
        var scene = granted().withdraw(claim);
        Objects.requireNonNull(scene.children().config()).getMetadata().setOwnerReferences(List.of());

        // when
        var plan = scene.plan();

        // then
        assertThat(plan.steps()).isEmpty();
    }

    private static State running(String hash, @Nullable Set<String> revoked) {
        return new State("1", "draining", hash, 1, null, new Load(1, 0, 0, 0, -1), null, revoked, Map.of(), null);
    }

    private static List<Step> orders(Plan plan) {
        return plan.steps().stream().filter(Step.Revoke.class::isInstance).toList();
    }

    private static PodView leaving(@Nullable Set<String> revoked) {
        return new PodView("old", "10.0.0.9", true, true, "boot", null, null, running("older", revoked));
    }

    @Test
    void whoIsRevokedLeavesPodsThatLeaveOrAreReplacedToo() {
        // given
        var scene = granted().pod(leaving(Set.of()));
        scene.pod(new PodView("b", "10.0.0.2", true, false, "older", null, null, running("older", Set.of())));

        // when
        var granted = orders(scene.plan());
        scene.withdraw(claim);
        var revoked = orders(scene.planAndApply());

        // then
        assertThat(granted).isEmpty();
        assertThat(revoked)
                .containsExactlyInAnyOrder(
                        new Step.Revoke("old", "10.0.0.9", Set.of(USER)),
                        new Step.Revoke("b", "10.0.0.2", Set.of(USER)));
    }

    @Test
    void olderPoolersThatCannotBeToldLoseTheirIdleSessions() {
        // given
        var scene = granted().pod(leaving(null)).withdraw(claim);

        // when
        var steps = scene.planAndApply().steps();

        // then
        assertThat(orders(scene.planAndApply())).isEmpty();
        assertThat(steps).contains(new Step.Expel("old", "10.0.0.9", Set.of(USER)));
    }

    @Test
    void thatIsSaidUntilThePodSaysItAndKnownUntilThePodIsGone() {
        // given
        var scene = granted().pod(leaving(Set.of())).withdraw(claim);
        scene.planAndApply();
        scene.pod("a", scene.hash()).pod("b", scene.hash());
        scene.planAndApply();
        scene.planAndApply();

        // when
        var again = orders(scene.planAndApply());
        var done = orders(scene.pod(leaving(Set.of(USER, "other"))).planAndApply());
        var kept = scene.children().access();
        scene.noPods().pod("a", scene.hash()).pod("b", scene.hash()).planAndApply();

        // then
        assertThat(again).hasSize(1);
        assertThat(done).isEmpty();
        assertThat(kept).isNotNull();
        assertThat(scene.children().access()).isNull();
    }
}
