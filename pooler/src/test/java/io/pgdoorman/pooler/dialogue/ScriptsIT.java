package io.pgdoorman.pooler.dialogue;

import static org.assertj.core.api.Assertions.fail;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Every script of `src/test/resources/scripts`; `-Dscripts.only=topic` plays those whose name begins so.
class ScriptsIT {
    private static final Logger LOG = LoggerFactory.getLogger(ScriptsIT.class);
    private static final int STAGES = Integer.getInteger("scripts.stages", 4);
    private static final long SEED = Long.getLong("scripts.seed", 1);
    private static final String ONLY = System.getProperty("scripts.only", "");
    private static final Map<String, String> BUGS = KnownBugs.read();

    private static Theatre theatre;
    private static Theatre sickroom; // where known bugs cannot infect others
    private static ExecutorService players;

    @BeforeAll
    static void opens() {
        theatre = new Theatre("script_", STAGES, Duration.ofSeconds(10));
        sickroom = new Theatre("sick_", 1, Duration.ofSeconds(10));
        players = Executors.newFixedThreadPool(STAGES);
    }

    @AfterAll
    static void closes() {
        players.shutdownNow();
        theatre.close();
        sickroom.close();
    }

    /// The tests only wait: all scripts play at once, as far as there are stages.
    @TestFactory
    Stream<DynamicTest> answersAsPostgresqlDoes() {
        return ScriptReader.all().stream()
                .filter(script -> script.name().startsWith(ONLY))
                .map(script -> new Playing(script, players.submit(() -> ScriptRun.of(script, theatreOf(script), SEED))))
                .toList()
                .stream()
                .map(playing -> DynamicTest.dynamicTest(playing.script.name(), playing::isRight));
    }

    private static Theatre theatreOf(Script script) {
        return BUGS.containsKey(script.name()) ? sickroom : theatre;
    }

    private record Playing(Script script, Future<List<String>> faults) {
        void isRight() throws Exception {
            var bug = BUGS.get(script.name());
            if (bug == null) {
                if (!faults.get().isEmpty()) {
                    fail(String.join("\n", faults.get()));
                }
            } else if (faults.get().isEmpty()) {
                LOG.warn("{} passes: strike it off known-bugs.txt ({})", script.name(), bug);
            }
        }
    }
}
