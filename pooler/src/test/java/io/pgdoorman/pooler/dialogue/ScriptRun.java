package io.pgdoorman.pooler.dialogue;

import io.pgdoorman.pooler.dialogue.Script.Mode;
import io.pgdoorman.pooler.script.Cut;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;

/// One script played in all ways, and what was wrong.
final class ScriptRun {
    private final Script script;
    private final Theatre.Rehearsal rehearsal;
    private final long seed;
    private final List<String> faults = new ArrayList<>();

    private ScriptRun(Script script, Theatre.Rehearsal rehearsal, long seed) {
        this.script = script;
        this.rehearsal = rehearsal;
        this.seed = seed;
    }

    /// Plays to PostgreSQL, then through the pooler in each mode whole, byte by byte and cut at random.
    ///
    /// @return what was wrong, each with both dialogues; empty if nothing
    static List<String> of(Script script, Theatre theatre, long seed) {
        try (var rehearsal = theatre.enter()) {
            var run = new ScriptRun(script, rehearsal, seed);
            run.play();
            return run.faults;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private void play() {
        var expected = rehearsal.original(script);
        if (!expected.unmet().isEmpty()) {
            faults.add("PostgreSQL does not answer what the script demands: " + expected.unmet());
        }
        for (var mode : Mode.values()) {
            if (script.isFor(mode)) {
                playIn(mode, expected);
            }
        }
    }

    /// A declared difference has to be seen, in one of the cuts: how bytes fall together may decide.
    private void playIn(Mode mode, Performance.Heard expected) {
        var wanted = script.differs(mode);
        boolean seen = false;
        for (var cut : cuts().entrySet()) {
            var actual = rehearsal.pooled(script, mode, cut.getValue());
            var difference = new Comparison(script, expected.steps(), actual.steps()).difference();
            seen |= difference.isPresent();
            if (wanted.isEmpty()) {
                difference.ifPresent(told -> differs(mode + " mode, " + cut.getKey(), told));
            }
        }
        if (wanted.isPresent() && !seen) {
            faults.add("%s mode: no difference, though expected: %s".formatted(mode, wanted.get()));
        }
    }

    /// The first dialogue that differs is told whole; the others are often the same.
    private void differs(String where, String told) {
        faults.add(faults.isEmpty() ? where + ":\n" + told : "also in " + where);
    }

    private Map<String, Supplier<Cut>> cuts() {
        Map<String, Supplier<Cut>> cuts = new LinkedHashMap<>();
        cuts.put("whole", Cut.Whole::new);
        if (script.wholeOnly().isEmpty()) {
            cuts.put("byte by byte", Cut.ByteByByte::new);
            var random = new Random(seed ^ script.name().hashCode());
            cuts.put("cut at random (-Dscripts.seed=" + seed + ")", () -> new Cut.AtRandom(random));
        }
        return cuts;
    }
}
