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

    private static String[] edit(Random random) {
        var lines = new ArrayList<>(List.of("budget: {maxServerConnections: " + MOST + "}"));
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

    private void live(int seed) {
        var random = new Random(seed);
        var scene = new Scene(edit(random));
        var deployed = new Deployed(scene, random);
        story.clear();
        for (var look = 0; look < 80; look++) {
            if (random.nextInt(15) == 0) {
                var lines = edit(random);
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
        }
        deployed.bury();
        for (var look = 0; look < 80; look++) {
            deployed.operate(() -> holds(deployed, "step"));
            deployed.calm();
            holds(deployed, "calm");
        }
        var last = deployed.operate(() -> {});
        assertThat(last.steps()).as("seed %d comes to rest", seed).isEmpty();
        assertThat(deployed.pods())
                .as("seed %d: %s, %s", seed, scene.pool().getSpec(), last.situation())
                .hasSize(scene.pool().getSpec().replicas());
    }

    @Test
    void overAllPodsWhateverHappens() {
        for (var seed = 0; seed < SEEDS; seed++) {
            live(seed);
        }
    }
}
