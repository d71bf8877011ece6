package io.pgdoorman.operator.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.operator.api.v1alpha1.Condition;
import io.pgdoorman.operator.plan.Scene;
import io.pgdoorman.operator.podlink.PodLink;
import io.pgdoorman.operator.podlink.PodLink.Load;
import io.pgdoorman.operator.podlink.PodLink.State;
import io.pgdoorman.operator.status.StatusMaker.Circumstances;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Why clients wait, in the status: what would help is different each time.
class WaitsSeenTest {

    private static final String BUDGET = "budget: {maxServerConnections: 60}";

    private static State loaded(Scene scene, Load load, PodLink.Trouble... troubles) {
        return new State("1", "ready", scene.hash(), 1, null, load, List.of(troubles), Set.of(), Map.of(), null);
    }

    private static Optional<Condition> look(Scene scene) {
        var seen = scene.seen();
        var plan = scene.planAndApply();
        var status = StatusMaker.make(
                scene.pool(), seen, plan, new Circumstances(Scene.IMAGE, scene.now(), null, List.of(), List.of()));
        return status.conditions().stream()
                .filter(condition -> condition.type().equals("BudgetSatisfied"))
                .findFirst();
    }

    @ParameterizedTest
    @CsvSource({
        // clients that wait, servers, pinned ones, for how long, how busy, and what is told
        "3, 8, 0, 1500, 0.3, ServerSlow, poolSize",
        "3, 8, 0, 1500, 0.9, PoolerBusy, more pods would help",
        "3, 8, 5, 1500, 0.3, PinnedSessions, sessions keep most servers",
        "3, 8, 4, 1500, 0.3, ServerSlow, poolSize",
        "3, 8, 0, 900, 0.9, Ok, no client waits",
        "0, 8, 8, 0, 0.9, Ok, no client waits",
        "3, 8, 0, 0, 0.9, Ok, no client waits",
    })
    void theCauseIsNamedWhereTheBudgetIsNotSpent(
            int waiting, int servers, int pinned, long millis, double busy, String reason, String words) {
        // given
        var scene = Scene.settled(BUDGET);

        // when
        scene.pod("a", scene.hash(), loaded(scene, new Load(9, servers, waiting, servers, pinned, millis, busy)));

        // then
        var told = look(scene).orElseThrow();
        assertThat(told.status()).isEqualTo("True");
        assertThat(told.reason()).isEqualTo(reason);
        assertThat(told.message()).contains(words);
    }

    @Test
    void sessionsThatSpentTheBudgetAreNamedInItsPlace() {
        // given
        var scene = Scene.settled(BUDGET);
        scene.pod("a", scene.hash(), loaded(scene, new Load(99, 60, 3, 60, 0, 5_000, 0.3)));
        var working = look(scene).orElseThrow();

        // when
        scene.pod("a", scene.hash(), loaded(scene, new Load(99, 60, 3, 60, 50, 5_000, 0.3)));
        var pinned = look(scene).orElseThrow();

        // then
        assertThat(working.status() + " " + working.reason()).isEqualTo("False Exhausted");
        assertThat(pinned.status() + " " + pinned.reason()).isEqualTo("False PinnedSessions");
    }

    @Test
    void withoutABudgetItIsToldOnlyWhileClientsWait() {
        // given
        var scene = Scene.settled("limits: {queryWaitTimeout: 7s}");
        var before = look(scene);

        // when
        scene.pod("a", scene.hash(), loaded(scene, new Load(9, 8, 3, 8, 0, 1_500, 0.3)));

        // then
        assertThat(before).isEmpty();
        assertThat(look(scene).map(Condition::reason)).contains("ServerSlow");
    }

    @Test
    void whoWaitsForAServerThatIsAwayOrForTheEndOfAPauseIsNotMeant() {
        // given
        var scene = Scene.settled(BUDGET);
        var load = new Load(9, 8, 3, 8, 0, 1_500, 0.3);

        // when
        scene.pod("a", scene.hash(), loaded(scene, load, new PodLink.Trouble("shop", "unreachable", "gone")));
        var away = look(scene);
        scene.edit(BUDGET, "pause: {all: true}");
        scene.pod("a", Objects.requireNonNull(scene.hash()), loaded(scene, load));
        var paused = look(scene);

        // then
        assertThat(away.map(Condition::reason)).contains("Ok");
        assertThat(paused.map(Condition::reason)).contains("Ok");
    }
}
