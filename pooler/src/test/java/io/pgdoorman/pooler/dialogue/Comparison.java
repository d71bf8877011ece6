package io.pgdoorman.pooler.dialogue;

import io.pgdoorman.pooler.script.Normalisation;
import io.pgdoorman.pooler.script.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What PostgreSQL and the pooler answered to one script, side by side.
final class Comparison {
    private static final int WIDTH = 76;
    private static final int CONTEXT = 6;

    private final Script script;
    private final List<List<Reply>> expected;
    private final List<List<Reply>> actual;

    Comparison(Script script, List<List<Reply>> expected, List<List<Reply>> actual) {
        this.script = script;
        this.expected = normal(script, expected);
        this.actual = normal(script, actual);
    }

    /// As the comparison of scripts, but for what only random ones get to: see [Forgiving].
    static Comparison forgiving(Script script, List<List<Reply>> expected, List<List<Reply>> actual) {
        return new Comparison(script, Forgiving.seen(script, expected), Forgiving.seen(script, actual));
    }

    /// Each client has a normalisation of its own, whichever step its replies belong to.
    private static List<List<Reply>> normal(Script script, List<List<Reply>> heard) {
        var steps = Performance.curtain(script);
        var normalisations = new java.util.HashMap<String, Normalisation>();
        List<List<Reply>> normal = new ArrayList<>();
        for (int i = 0; i < heard.size(); i++) {
            if (steps.get(i).isNewConnection()) {
                normalisations.remove(steps.get(i).client());
            }
            normal.add(normalisations
                    .computeIfAbsent(steps.get(i).client(), _ -> new Normalisation())
                    .of(heard.get(i)));
        }
        return normal;
    }

    /// Both dialogues around the first difference, which is marked; empty if there is none.
    Optional<String> difference() {
        var steps = Performance.curtain(script);
        var told = new ArrayList<String>();
        int firstMark = -1;
        for (int i = 0; i < Math.max(expected.size(), actual.size()); i++) {
            told.add("%s:%d  %s"
                    .formatted(
                            script.name(),
                            steps.get(i).line(),
                            shown(steps.get(i).text(), 2 * WIDTH)));
            var left = i < expected.size() ? expected.get(i) : List.<Reply>of();
            var right = i < actual.size() ? actual.get(i) : List.<Reply>of();
            for (int n = 0; n < Math.max(left.size(), right.size()); n++) {
                var wanted = n < left.size() ? left.get(n) : null;
                var got = n < right.size() ? right.get(n) : null;
                boolean same = wanted != null && wanted.equals(got);
                String mark = same ? "   " : firstMark < 0 ? ">>>" : " ! ";
                if (!same && firstMark < 0) {
                    firstMark = told.size();
                }
                told.add(("%s %-" + WIDTH + "s | %s")
                        .formatted(mark, shown(String.valueOf(wanted), WIDTH), shown(String.valueOf(got), WIDTH)));
                if (!same && firstMark == told.size() - 1) {
                    told.add("    PostgreSQL " + wanted);
                    told.add("    pooler     " + got);
                }
            }
        }
        if (firstMark < 0) {
            return Optional.empty();
        }
        var lines = told.subList(Math.max(0, firstMark - 4 * CONTEXT), Math.min(told.size(), firstMark + 3 * CONTEXT));
        return Optional.of(
                ("    %-" + WIDTH + "s | %s%n").formatted("PostgreSQL", "pooler") + String.join("\n", lines));
    }

    private static String shown(String text, int width) {
        String line = text.replace("\n", "\\n");
        return line.length() <= width ? line : line.substring(0, width - 1) + "…";
    }
}
