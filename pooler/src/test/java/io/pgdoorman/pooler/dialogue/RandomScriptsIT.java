package io.pgdoorman.pooler.dialogue;

import static org.assertj.core.api.Assertions.fail;

import io.pgdoorman.pooler.dialogue.Script.Mode;
import io.pgdoorman.pooler.script.Cut;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Random scripts get PostgreSQL's answers. One that does not is shrunk to the messages that matter and printed
/// as a script, with its seed.
///
/// The build plays the same few each time. `-Drandom.cases=100000` plays more, `-Drandom.seed=…` begins there,
/// `-Drandom.failures=…` is how many to find, `-Drandom.lanes=48` how many play at once, each in a database of
/// its own with clients that stay.
class RandomScriptsIT {
    private static final Logger LOG = LoggerFactory.getLogger(RandomScriptsIT.class);
    private static final int CASES = Integer.getInteger("random.cases", 2000);
    private static final long SEED = Long.getLong("random.seed", 1);
    private static final int FAILURES = Integer.getInteger("random.failures", 1);
    private static final int LANES = Integer.getInteger("random.lanes", RandomScript.KINDS);

    private static Theatre theatre;
    private static ExecutorService players;

    private final AtomicInteger played = new AtomicInteger();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();

    @BeforeAll
    static void opens() {
        theatre = new Theatre("random_", LANES, Duration.ofSeconds(30));
        players = Executors.newFixedThreadPool(LANES);
    }

    @AfterAll
    static void closes() {
        players.shutdownNow();
        theatre.close();
    }

    @Test
    void randomScriptsGetPostgresqlsAnswers() throws Exception {
        // when
        List<Future<?>> lanes = new ArrayList<>();
        for (int i = 0; i < LANES; i++) {
            long first = SEED + i;
            lanes.add(players.submit(() -> {
                playLane(first);
                return null;
            }));
        }
        for (var lane : lanes) {
            lane.get();
        }

        // then
        LOG.info("{} random scripts from seed {}: {} differ", played, SEED, failures.size());
        if (!failures.isEmpty()) {
            fail(String.join("\n\n", failures));
        }
    }

    /// One kind of script if there are as many lanes as kinds, or a multiple: so a lane needs one pooler.
    private void playLane(long first) throws InterruptedException {
        try (var rehearsal = theatre.enter()) {
            for (long seed = first; seed < SEED + CASES && failures.size() < FAILURES; seed += LANES) {
                play(rehearsal, seed).ifPresent(failures::add);
                if (played.incrementAndGet() % 1000 == 0) {
                    LOG.info("{} random scripts from seed {}: {} differ", played, SEED, failures.size());
                }
            }
        }
    }

    private static Optional<String> play(Theatre.Rehearsal rehearsal, long seed) {
        var random = new Random(seed);
        int cut = random.nextInt(20);
        Supplier<Cut> cuts = () -> switch (cut) {
            case 0 -> new Cut.ByteByByte();
            case 1, 2, 3, 4, 5 -> new Cut.AtRandom(new Random(seed));
            default -> new Cut.Whole();
        };
        var script = RandomScript.of(seed);
        var mode = script.isFor(Mode.TRANSACTION) ? Mode.TRANSACTION : Mode.SESSION;
        var first = keptDifference(rehearsal, script, mode, cuts);
        if (first.isEmpty()) {
            return Optional.empty();
        }
        rehearsal.dismiss();
        LOG.info("seed {} differs, is shrunk: {}", seed, first.get());
        rehearsal.patience(Duration.ofSeconds(3)); // what hangs is tried often
        var least = Shrinker.shrink(
                script, fewer -> difference(rehearsal, fewer, mode, cuts).isPresent());
        var again = difference(rehearsal, least, mode, cuts);
        rehearsal.patience(Duration.ofSeconds(30));
        return Optional.of("-Drandom.cases=1 -Drandom.lanes=1 -Drandom.seed=%d, %s mode, %s, %s%n%s%n%s"
                .formatted(
                        seed,
                        mode,
                        cuts.get().getClass().getSimpleName(),
                        script.headers(),
                        least.text(),
                        again.orElseGet(
                                () -> "(not again with clients that just logged in)%n%s".formatted(first.get()))));
    }

    private static Optional<String> keptDifference(
            Theatre.Rehearsal rehearsal, Script script, Mode mode, Supplier<Cut> cuts) {
        return Comparison.forgiving(
                        script,
                        rehearsal.originalKept(script).steps(),
                        rehearsal.pooledKept(script, mode, cuts).steps())
                .difference();
    }

    private static Optional<String> difference(
            Theatre.Rehearsal rehearsal, Script script, Mode mode, Supplier<Cut> cuts) {
        return Comparison.forgiving(
                        script,
                        rehearsal.original(script).steps(),
                        rehearsal.pooled(script, mode, cuts).steps())
                .difference();
    }
}
