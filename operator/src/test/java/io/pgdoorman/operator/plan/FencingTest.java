package io.pgdoorman.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.config.change.Fence;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.child.ConfigMapChild;
import io.pgdoorman.operator.child.StoredConfig.Rejection;
import io.pgdoorman.operator.observe.Observation;
import io.pgdoorman.operator.observe.PodView;
import io.pgdoorman.operator.podlink.PodLink.Load;
import io.pgdoorman.operator.podlink.PodLink.State;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Two operators that both think they lead, each acting step by step on what it saw before the other acted, end
/// on the newest configuration. Pods decide by the pooler's own [Fence]: they load the file that they have, if
/// it is the one they are told of, no older than theirs, and told by no leader whom another one has followed.
/// The clocks of both may be an hour wrong.
class FencingTest {

    /// Each is some hundred plans; `-Dfencing.runs=1000` takes minutes.
    private static final int RUNS = Integer.getInteger("fencing.runs", 30);
    private static final int MOVES = 40;
    private static final int REFUSED_SIZE = 13;
    private static final List<String> PODS = List.of("a", "b", "c");

    /// What specs ask for, by the size of their pool, which is all in which they differ.
    private static final Map<Integer, Want> WANTS = new HashMap<>();

    private static Want.Config want(Scene scene) {
        var size = scene.pool().getSpec().databases().getFirst().poolSize();
        return (Want.Config) WANTS.computeIfAbsent(size, _ -> scene.want());
    }

    /// What a pod has loaded.
    private record Loaded(String hash, long generation) {}

    private static final int MOST_SKEW_SECONDS = 3_600;
    private static final long OLD = 1;
    private static final long NEW = 2;

    /// One interleaving.
    private static final class Run {
        private final Random random;
        private final Scene scene = new Scene("replicas: 3");
        private final TreeMap<String, Loaded> pods = new TreeMap<>();
        private final Map<String, Fence> fences = new HashMap<>();
        private final Operator leader;
        private final List<Operator> operators;
        private int deposed;

        Run(long seed) {
            random = new Random(seed);
            leader = new Operator(NEW);
            operators = List.of(new Operator(OLD), leader);
            scene.planAndApply();
            scene.rolledOut();
            PODS.forEach(this::boot);
            scene.planAndApply();
        }

        void go() {
            for (var move = 0; move < MOVES; move++) {
                var dice = random.nextInt(20);
                if (dice == 0) {
                    edit();
                } else if (dice == 1) {
                    boot(PODS.get(random.nextInt(PODS.size())));
                } else {
                    operators.get(random.nextInt(2)).move();
                }
            }
            // Both finish what they began, in any order, and then the one with the Lease is left.
            while (operators.stream().anyMatch(operator -> !operator.steps.isEmpty())) {
                operators.get(random.nextInt(2)).finish();
            }
            for (var pass = 0; pass < 20 && !(leader.isIdle() && pass > 0); pass++) {
                leader.pass();
            }
        }

        private void edit() {
            var size = random.nextInt(5) == 0 ? REFUSED_SIZE : 1 + random.nextInt(3);
            scene.edit("replicas: 3", "databases: [{name: shop, serverRefs: [main], poolSize: " + size + "}]");
        }

        /// A container starts: it takes what its files say, the last good one if that is refused.
        private void boot(String pod) {
            var stored = scene.stored();
            var isRefused = isRefused(stored.current().text());
            fences.put(pod, Fence.OPEN);
            var version = isRefused && stored.lastGood() != null ? stored.lastGood() : stored.current();
            show(pod, new Loaded(version.hash(), stored.generation()));
        }

        private static boolean isRefused(String text) {
            return text.contains("pool_size: " + REFUSED_SIZE);
        }

        private void show(String pod, Loaded loaded) {
            pods.put(pod, loaded);
            var state = new State("1", "ready", loaded.hash(), loaded.generation(), null, Load.NONE, Map.of());
            scene.pod(new PodView(
                    pod, "10.0.0.1", true, false, want(scene).rendered().bootHash(), loaded.hash(), null, state));
        }

        private @Nullable Rejection reload(Step.Reload reload, long epoch) {
            var fence = Objects.requireNonNull(fences.get(reload.pod()));
            if (fence.newerThan(epoch) != null) {
                deposed++;
                return null;
            }
            fences.put(reload.pod(), fence.heard(epoch));
            var file = Objects.requireNonNull(
                    ConfigMapChild.read(Objects.requireNonNull(scene.children().config())));
            var known = Objects.requireNonNull(pods.get(reload.pod()));
            if (!file.current().hash().equals(reload.hash())
                    || Fence.isOlder(reload.generation(), known.generation())) {
                return null;
            }
            if (isRefused(file.current().text())) {
                return new Rejection(reload.hash(), reload.pod(), "too large");
            }
            show(reload.pod(), new Loaded(reload.hash(), reload.generation()));
            return null;
        }

        /// One operator and what it is about to do.
        private final class Operator {
            private final ArrayDeque<Step> steps = new ArrayDeque<>();
            private DoormanPool pool = scene.pool();
            private Want want = want(scene);
            private Observation seen = scene.seen();
            private @Nullable Rejection rejection;
            private final long epoch;

            /// How wrong its clock is.
            private final Duration skew;

            Operator(long epoch) {
                this.epoch = epoch;
                this.skew = Duration.ofSeconds(random.nextInt(-MOST_SKEW_SECONDS, MOST_SKEW_SECONDS));
            }

            void move() {
                if (steps.isEmpty()) {
                    look();
                } else {
                    step();
                }
            }

            void finish() {
                if (!steps.isEmpty()) {
                    step();
                }
            }

            void pass() {
                look();
                while (!steps.isEmpty()) {
                    step();
                }
            }

            boolean isIdle() {
                look();
                var isIdle = steps.isEmpty();
                steps.clear();
                return isIdle;
            }

            private void look() {
                pool = scene.pool();
                want = want(scene);
                seen = scene.seen();
                fences.replaceAll((_, fence) -> fence.heard(epoch));
                plan(null);
            }

            private void plan(@Nullable Rejection refusal) {
                var moment = new Planner.Moment(scene.now().plus(skew), Scene.DEFAULTS, refusal);
                steps.addAll(Planner.plan(pool, want, seen, moment).steps());
            }

            private void step() {
                var step = steps.remove();
                scene.apply(step);
                if (step instanceof Step.Reload reload) {
                    var refusal = reload(reload, epoch);
                    rejection = refusal == null ? rejection : refusal;
                }
                if (steps.isEmpty() && rejection != null) {
                    var refusal = rejection;
                    rejection = null;
                    plan(refusal);
                    steps.removeIf(Step.Reload.class::isInstance);
                }
            }
        }
    }

    @Test
    void twoOperatorsEndOnTheNewestConfiguration() {
        // given
        var wrong = new ArrayList<String>();
        var deposed = 0;

        for (var seed = 0; seed < RUNS; seed++) {
            // when
            var run = new Run(seed);
            run.go();
            deposed += run.deposed;

            // then
            var newest = want(run.scene).rendered();
            var stored = run.scene.stored();
            var refused = stored.rejected();
            var isRefused = Run.isRefused(newest.text());
            var expected = isRefused ? stored.current().hash() : newest.hash();
            var isRight = stored.current().hash().equals(expected)
                    && run.pods.values().stream().allMatch(pod -> pod.hash().equals(expected))
                    && (!isRefused || (refused != null && refused.hash().equals(newest.hash())))
                    && (isRefused || refused == null);
            if (!isRight) {
                wrong.add("seed " + seed + ": wants " + newest.hash() + (isRefused ? " (refused)" : "") + ", stored "
                        + stored + ", pods " + run.pods);
            }
        }

        // then
        assertThat(wrong).isEmpty();
        assertThat(deposed).as("orders of the old leader that pods refused").isPositive();
    }
}
