package io.pgdoorman.operator.child;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.Manifest;
import io.pgdoorman.operator.child.Upgrade.Newest;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// A template that an older operator made, in words that this one would not use.
class UpgradeTemplateTest {

    private static final Newest NEWEST = new Newest("pooler:default", "boot");
    private static final long OLDER_GRACE = 1;

    private static DoormanPool pool(String more) {
        var manifest = """
            apiVersion: pgdoorman.io/v1alpha1
            kind: DoormanPool
            metadata: {name: shop, namespace: prod, uid: u-1, generation: 1}
            spec:
              image: own:1
              servers: [{name: main, host: db.example}]
              databases: [{name: shop, serverRefs: [main]}]
              auth: {users: [{name: app, secretRef: {name: app-db}}]}
            """;
        return switch (Manifest.readAll(manifest + more).getFirst()) {
            case Manifest.Read.Valid(var valid) -> valid;
            case Manifest.Read read -> throw new AssertionError(read);
        };
    }

    private static Deployment ofAnOlderOperator(DoormanPool pool) {
        var live = Rollback.choose(null, Upgrade.wanted(pool, null, NEWEST), "");
        var template = live.getSpec().getTemplate();
        template.getSpec().setTerminationGracePeriodSeconds(OLDER_GRACE);
        Rollback.annotate(live, Rollback.APPLIED, Rollback.write(template));
        Rollback.annotate(live, Names.TEMPLATE_HASH, Drift.hash((Object) template));
        return live;
    }

    private static long grace(Deployment deployment) {
        return deployment.getSpec().getTemplate().getSpec().getTerminationGracePeriodSeconds();
    }

    @Test
    void staysAsItIsAndTheNewerOneIsOffered() {
        // given
        var pool = pool("");
        var live = ofAnOlderOperator(pool);

        // when
        var wanted = Upgrade.wanted(pool, live, NEWEST);

        // then
        assertThat(grace(wanted)).isEqualTo(OLDER_GRACE);
        assertThat(Names.annotation(wanted, Names.TEMPLATE_HASH))
                .isEqualTo(Names.annotation(live, Names.TEMPLATE_HASH));
        assertThat(Objects.requireNonNull(Upgrade.offer(pool, live, NEWEST)).image())
                .isEqualTo("own:1");
    }

    @Test
    void isMadeAnewForAnEditThatReplacesPodsAnyway() {
        // given
        var live = ofAnOlderOperator(pool(""));

        // when
        var wanted = Upgrade.wanted(pool("  priorityClassName: high\n"), live, NEWEST);

        // then
        assertThat(grace(wanted)).isGreaterThan(OLDER_GRACE);
    }

    @Test
    void isNotBelievedWhenSomebodyEditedTheNoteOfIt() {
        // given
        var pool = pool("");
        var live = ofAnOlderOperator(pool);
        var applied = Objects.requireNonNull(Names.annotation(live, Rollback.APPLIED));
        Rollback.annotate(live, Rollback.APPLIED, applied.replace("own:1", "evil:1"));

        // when
        var wanted = Upgrade.wanted(pool, live, NEWEST);

        // then
        assertThat(Upgrade.image(pool, wanted, "")).isEqualTo("own:1");
    }
}
