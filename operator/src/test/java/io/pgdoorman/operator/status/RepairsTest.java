package io.pgdoorman.operator.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.pgdoorman.operator.plan.Scene;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class RepairsTest {

    private static Scene settled() {
        var scene = new Scene();
        scene.planAndApply();
        scene.rolledOut().pod("a", scene.hash()).pod("b", scene.hash());
        scene.planAndApply();
        return scene;
    }

    @Test
    void whatSomebodyElseChangedIsToldOnce() {
        // given
        var scene = settled();
        var before = Objects.requireNonNull(scene.children().config());
        scene.child(new ConfigMapBuilder(before)
                .addToData("pgdoorman.yaml", "general: {}")
                .build());

        // when
        var seen = scene.seen();
        var told = Repairs.of(scene.planAndApply(), seen);
        var after = scene.seen();
        var again = Repairs.of(scene.planAndApply(), after);

        // then
        assertThat(told)
                .extracting(Happening::note)
                .containsExactly("ConfigMap shop-config was changed by somebody else and is as it was again: change the"
                        + " DoormanPool instead");
        assertThat(again).isEmpty();
        assertThat(Objects.requireNonNull(scene.children().config()).getData()).isEqualTo(before.getData());
    }

    @Test
    void whatTheSpecChangesIsNoRepair() {
        // given
        var scene = settled();
        scene.edit("replicas: 4", "databases: [{name: shop, serverRefs: [main], poolSize: 3}]");
        var seen = scene.seen();

        // when
        var plan = scene.planAndApply();

        // then
        assertThat(plan.steps()).isNotEmpty();
        assertThat(Repairs.of(plan, seen)).isEmpty();
    }
}
