package io.pgdoorman.pooler.dialogue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/// Makes a script that fails as short as it can be: leaves out steps, then messages, as long as it still fails.
final class Shrinker {
    private static final int MOST_TRIES = 400;

    private final Predicate<Script> fails;
    private int tries;

    private Shrinker(Predicate<Script> fails) {
        this.fails = fails;
    }

    static Script shrink(Script script, Predicate<Script> fails) {
        var shrinker = new Shrinker(fails);
        Script best = script;
        Script before;
        do {
            before = best;
            best = shrinker.withoutSteps(best);
            for (int i = 0; i < best.steps().size(); i++) {
                best = shrinker.withoutActions(best, i);
            }
        } while (!best.equals(before));
        return best;
    }

    private Script withoutSteps(Script script) {
        Script best = script;
        for (int chunk = best.steps().size() / 2; chunk >= 1; chunk /= 2) {
            for (int from = 0;
                    from + chunk <= best.steps().size() && best.steps().size() > 1; ) {
                var fewer = best.with(without(best.steps(), from, chunk));
                if (stillFails(fewer)) {
                    best = fewer;
                } else {
                    from += chunk;
                }
            }
        }
        return best;
    }

    /// The last two stay: they mark the end and read up to it.
    private Script withoutActions(Script script, int index) {
        Script best = script;
        int size = best.steps().get(index).actions().size() - 2;
        for (int chunk = Math.max(1, size / 2); chunk >= 1; chunk /= 2) {
            for (int from = 0; from + chunk < best.steps().get(index).actions().size() - 1; ) {
                var step = best.steps().get(index);
                var steps = new ArrayList<>(best.steps());
                steps.set(index, new Step(step.client(), step.line(), without(step.actions(), from, chunk)));
                var fewer = best.with(steps);
                if (stillFails(fewer)) {
                    best = fewer;
                } else {
                    from += chunk;
                }
            }
        }
        return best;
    }

    private boolean stillFails(Script script) {
        return ++tries <= MOST_TRIES && fails.test(script);
    }

    private static <T> List<T> without(List<T> all, int from, int count) {
        List<T> left = new ArrayList<>(all.subList(0, from));
        left.addAll(all.subList(from + count, all.size()));
        return left;
    }
}
