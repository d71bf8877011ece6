package io.pgdoorman.operator.status;

import io.pgdoorman.operator.api.v1alpha1.Condition;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolStatus;
import io.pgdoorman.operator.plan.Scene;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/// A pool whose status is made pass by pass.
final class StatusStage {
    static final String EDIT = "limits: {maxClientConnections: 77}";

    private StatusStage() {}

    static Scene settled() {
        var scene = new Scene();
        look(scene);
        scene.rolledOut().pod("a", scene.hash()).pod("b", scene.hash());
        look(scene);
        look(scene);
        scene.later(Duration.ofMinutes(10));
        return scene;
    }

    /// One pass: the status speaks of what was seen before the steps.
    static DoormanPoolStatus look(Scene scene) {
        var seen = scene.seen();
        var status = StatusMaker.make(
                scene.pool(),
                seen,
                scene.planAndApply(),
                new StatusMaker.Circumstances(Scene.IMAGE, scene.now(), scene.pending(), scene.held(), List.of()));
        scene.pool().setStatus(status);
        return status;
    }

    static String words(DoormanPoolStatus status) {
        return status.conditions().stream()
                .map(condition -> condition.type() + "=" + condition.status() + "/" + condition.reason())
                .collect(Collectors.joining(" "));
    }

    static Condition condition(DoormanPoolStatus status, String type) {
        return Conditions.find(status.conditions(), type).orElseThrow();
    }

    static List<String> reasons(DoormanPoolStatus before, DoormanPoolStatus after) {
        return Transitions.between(before, after).stream()
                .map(Happening::reason)
                .toList();
    }
}
