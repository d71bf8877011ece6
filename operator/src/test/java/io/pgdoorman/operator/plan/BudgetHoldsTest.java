package io.pgdoorman.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Whatever is edited, rolled, evicted, deleted, lost and late, be the operator there or not: all pods together never
/// hold more than the budget.
class BudgetHoldsTest {

    private static final int MOST = 100;
    private static final int LOOKS = 80;
    private static final int SEEDS = Integer.getInteger("budget.seeds", 6);
    private static final List<String> EDITS = List.of(
            "image: pooler:2",
            "image: pooler:3",
            "port: 7000",
            "replicas: 1",
            "replicas: 2",
            "replicas: 5",
            "resources: {limits: {cpu: 3}}",
            "rollout: {maxSurge: 0, maxUnavailable: 1}",
            "rollout: {maxSurge: 3}",
            "disruptionBudget: {maxUnavailable: 3}",
            "limits: {maxClientConnections: 77}");

    private final List<String> story = new ArrayList<>();

    private static String[] edit(Random random, boolean isByDemand) {
        var share = isByDemand && random.nextInt(4) > 0 ? ", share: ByDemand" : "";
        var lines = new ArrayList<>(List.of("budget: {maxServerConnections: " + MOST + share + "}"));
        for (var line : EDITS) {
            var key = line.substring(0, line.indexOf(':'));
            if (random.nextInt(3) == 0 && lines.stream().noneMatch(known -> known.startsWith(key + ":"))) {
                lines.add(line);
            }
        }
        return lines.toArray(String[]::new);
    }

    private void holds(Deployed deployed, String what) {
        story.add(what + " " + deployed.pods());
        assertThat(deployed.connections())
                .as(
                        "connections of all pods after%n%s",
                        String.join("\n", story.subList(Math.max(0, story.size() - 30), story.size())))
                .isLessThanOrEqualTo(MOST);
    }

    /// Nobody splits anything anew, and nobody lets pods in.
    private void away(Deployed deployed, int events) {
        deployed.bury();
        story.add("the operator is away");
        for (var event = 0; event < events; event++) {
            deployed.event();
            holds(deployed, "away");
        }
    }

    /// Nobody touches the pods, but clients come and go. Answers how often pods had not all the same.
    private int peace(Deployed deployed, int looks) {
        var uneven = 0;
        for (var look = 0; look < looks; look++) {
            var before = Math.max(0, deployed.excess());
            var plan = deployed.operate(() -> holds(deployed, "step"));
            story.add("operator " + plan.steps());
            if (plan.steps().stream().allMatch(Step.Allow.class::isInstance)) {
                assertThat(deployed.excess())
                        .as("connections beyond all shares: more waits for who lets go, after %s", plan.steps())
                        .isLessThanOrEqualTo(before);
            }
            deployed.calm();
            deployed.demand();
            holds(deployed, "peace");
            uneven += deployed.isEven() ? 0 : 1;
        }
        return uneven;
    }

    private int live(int seed, boolean isByDemand) {
        var random = new Random(seed);
        var scene = new Scene(edit(random, isByDemand));
        var deployed = new Deployed(scene, random);
        if (isByDemand) {
            deployed.mortal();
        }
        story.clear();
        var uneven = 0;
        for (var look = 0; look < LOOKS; look++) {
            if (random.nextInt(15) == 0) {
                var lines = edit(random, isByDemand);
                scene.edit(lines);
                story.add("edit " + String.join(", ", lines));
            }
            var plan = deployed.operate(() -> {
                deployed.event();
                holds(deployed, "event");
            });
            story.add("operator " + plan.steps() + " share "
                    + Budget.share(plan.situation().want()));
            for (var event = random.nextInt(4); event > 0; event--) {
                deployed.event();
                holds(deployed, "event");
            }
            switch (random.nextInt(20)) {
                case 0 -> away(deployed, random.nextInt(60));
                case 1 -> deployed.lose();
                default -> {}
            }
            if (isByDemand && random.nextInt(6) == 0) {
                uneven += peace(deployed, 1 + random.nextInt(30));
            }
        }
        deployed.bury();
        for (var look = 0; look < (isByDemand ? 2 : 1) * LOOKS; look++) {
            deployed.still();
            deployed.operate(() -> holds(deployed, "step"));
            deployed.calm();
            holds(deployed, "calm");
        }
        var last = deployed.operate(() -> {});
        assertThat(last.steps()).as("seed %d comes to rest", seed).isEmpty();
        assertThat(deployed.pods())
                .as("seed %d: %s, %s", seed, scene.pool().getSpec(), last.situation())
                .hasSize(scene.pool().getSpec().replicas());
        assertThat(deployed.isEven())
                .as("seed %d: who has no clients needs nothing", seed)
                .isTrue();
        return uneven;
    }

    @Test
    void overAllPodsWhateverHappens() {
        for (var seed = 0; seed < SEEDS; seed++) {
            live(seed, false);
        }
    }

    /// Operators are killed at any step, orders get lost, containers start again, and one image has older poolers.
    @Test
    void overAllPodsThatShareByDemandWhateverHappens() {
        var uneven = 0;
        var seeds = Math.ceilDiv(SEEDS, 3); // each of them is longer
        for (var seed = 0; seed < seeds; seed++) {
            uneven += live(seed, true);
        }
        assertThat(uneven).as("times that pods differed").isGreaterThan(10 * seeds);
    }
}
