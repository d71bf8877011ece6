package io.pgdoorman.pooler.dialogue;

import static org.assertj.core.api.Assertions.fail;

import io.pgdoorman.pooler.dialogue.Script.Mode;
import io.pgdoorman.pooler.script.Cut;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Random scripts get PostgreSQL's answers. One that does not is shrunk to the messages that matter and printed as a
/// script, with its seed.
///
/// The build plays the same few each time. `-Drandom.cases=100000` plays more, `-Drandom.seed=…` begins there,
/// `-Drandom.failures=…` is how many to find.
class RandomScriptsIT {
    private static final Logger LOG = LoggerFactory.getLogger(RandomScriptsIT.class);
    private static final int CASES = Integer.getInteger("random.cases", 150);
    private static final long SEED = Long.getLong("random.seed", 1);
    private static final int FAILURES = Integer.getInteger("random.failures", 1);
    private static final int STAGES = Integer.getInteger("scripts.stages", 4);

    private static Theatre theatre;
    private static ExecutorService players;

    @BeforeAll
    static void opens() {
        theatre = new Theatre("random_", STAGES, Duration.ofSeconds(30));
        players = Executors.newFixedThreadPool(STAGES);
    }

    @AfterAll
    static void closes() {
        players.shutdownNow();
        theatre.close();
    }

    @Test
    void randomScriptsGetPostgresqlsAnswers() throws Exception {
        // when
        List<Future<Optional<String>>> played = new ArrayList<>();
        for (int i = 0; i < CASES; i++) {
            long seed = SEED + i;
            played.add(players.submit(() -> play(seed)));
        }

        // then
        List<String> failures = new ArrayList<>();
        for (int i = 0; i < CASES; i++) {
            played.get(i).get().ifPresent(failures::add);
            if (i % 1000 == 999) {
                LOG.info("{} random scripts from seed {}: {} differ", i + 1, SEED, failures.size());
            }
            if (failures.size() >= FAILURES) {
                break;
            }
        }
        if (!failures.isEmpty()) {
            fail(String.join("\n\n", failures));
        }
    }

    private static Optional<String> play(long seed) throws InterruptedException {
        var random = new Random(seed);
        var mode = random.nextInt(5) == 0 ? Mode.SESSION : Mode.TRANSACTION;
        int cut = random.nextInt(10);
        Supplier<Cut> cuts = () -> switch (cut) {
            case 0 -> new Cut.ByteByByte();
            case 1, 2, 3 -> new Cut.AtRandom(new Random(seed));
            default -> new Cut.Whole();
        };
        var script = RandomScript.of(seed);
        if (random.nextInt(3) == 0) {
            Map<String, String> headers = new HashMap<>(script.headers());
            headers.put("setting prepared_statements_cache_size", "3");
            script = new Script(script.name(), headers, script.steps());
        }
        try (var rehearsal = theatre.enter()) {
            if (difference(rehearsal, script, mode, cuts).isEmpty()) {
                return Optional.empty();
            }
            rehearsal.patience(Duration.ofSeconds(1)); // what hangs is tried often
            var least = Shrinker.shrink(
                    script, fewer -> difference(rehearsal, fewer, mode, cuts).isPresent());
            return Optional.of("-Drandom.cases=1 -Drandom.seed=%d, %s mode, %s, %s%n%s%n%s"
                    .formatted(
                            seed,
                            mode,
                            cuts.get().getClass().getSimpleName(),
                            script.headers(),
                            least.text(),
                            difference(rehearsal, least, mode, cuts).orElse("(not again)")));
        }
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
