package io.pgdoorman.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.operator.child.StoredConfig.Rejection;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// What a pod refused may be right later: a file came, a name is known.
class RefusedAgainTest {

    private static final String EDIT = "limits: {maxClientConnections: 77}";

    private static Scene refused() {
        var scene = Scene.settled().later(Duration.ofMinutes(10)).edit(EDIT);
        scene.planAndApply();
        scene.refused(new Rejection(scene.hash(), "a", "file /ca.pem does not exist"))
                .planAndApply();
        return scene;
    }

    private static Rejection rejected(Scene scene) {
        return Objects.requireNonNull(scene.stored().rejected());
    }

    private static boolean isAsked(Plan plan) {
        return plan.steps().stream().anyMatch(Step.Reload.class::isInstance);
    }

    @Test
    void isTriedByTheCanaryAfterAMinute() {
        // given
        var scene = refused();

        // when
        var soon = scene.later(Duration.ofSeconds(59)).plan();
        var late = scene.later(Duration.ofSeconds(1)).planAndApply();

        // then
        assertThat(soon.steps()).isEmpty();
        assertThat(late.steps().stream().filter(Step.Reload.class::isInstance)).hasSize(1);
        assertThat(scene.stored().current().hash()).isEqualTo(scene.hash());
        assertThat(rejected(scene).isTriedAgain()).as("the status still tells").isTrue();
    }

    @Test
    void isForgottenWhenAllPodsLoadIt() {
        // given
        var scene = refused().later(Duration.ofMinutes(1));
        scene.planAndApply();
        scene.pod("a", scene.hash()).pod("b", scene.hash());

        // when
        scene.planAndApply();

        // then
        assertThat(scene.stored().rejected()).isNull();
        assertThat(Objects.requireNonNull(scene.stored().lastGood()).hash()).isEqualTo(scene.hash());
        assertThat(scene.plan().steps()).isEmpty();
    }

    @Test
    void waitsTwiceAsLongAfterEachRefusal() {
        // given
        var scene = refused().later(Duration.ofMinutes(1));
        scene.planAndApply();

        // when
        scene.refused(new Rejection(scene.hash(), "a", "no")).planAndApply();
        var back = scene.stored().current().hash();
        var soon = isAsked(scene.later(Duration.ofSeconds(119)).plan());
        var late = isAsked(scene.later(Duration.ofSeconds(1)).plan());

        // then
        assertThat(back).isNotEqualTo(scene.hash());
        assertThat(rejected(scene).times()).isEqualTo(2);
        assertThat(soon).isFalse();
        assertThat(late).isTrue();
    }

    @Test
    void isTriedAtMostEachHalfHour() {
        // given
        var often = new Rejection("h", "a", "no", 40, new Scene().now(), false);

        // then
        assertThat(often.isOver(often.at().plus(Duration.ofMinutes(32)))).isTrue();
        assertThat(often.isOver(often.at().plus(Duration.ofMinutes(31)))).isFalse();
    }
}
