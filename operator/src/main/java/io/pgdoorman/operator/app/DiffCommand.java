package io.pgdoorman.operator.app;

import io.pgdoorman.operator.api.v1alpha1.ChangeClass;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.Gated;
import io.pgdoorman.operator.api.v1alpha1.Manifest;
import io.pgdoorman.operator.api.v1alpha1.SpecChange;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// `operator diff`: what a change of manifests would do to pods, told before it happens and without a cluster.
final class DiffCommand {

    static final int SAME = 0;
    static final int DIFFERENT = 1;
    static final int INVALID = 2;

    private final PrintStream out;
    private boolean isInvalid;

    private DiffCommand(PrintStream out) {
        this.out = out;
    }

    /// Compares, prints, and answers with the exit code.
    static int run(List<String> flags, PrintStream out) throws Settings.UsageException, IOException {
        String file = null;
        String from = null;
        for (var i = 0; i < flags.size(); i++) {
            var flag = flags.get(i);
            if (flag.equals("-f") && i + 1 < flags.size()) {
                file = flags.get(++i);
            } else if (flag.startsWith("--file=")) {
                file = flag.substring("--file=".length());
            } else if (flag.startsWith("--from=")) {
                from = flag.substring("--from=".length());
            } else {
                throw new Settings.UsageException("unknown argument " + flag);
            }
        }
        if (file == null) {
            throw new Settings.UsageException("diff needs -f FILE");
        }
        return new DiffCommand(out).compare(file, from);
    }

    private int compare(String file, @Nullable String from) throws IOException {
        var before = from == null ? Map.<String, DoormanPool>of() : pools(from);
        var after = pools(file);
        if (isInvalid) {
            return INVALID;
        }
        var isSame = true;
        for (var pool : after.entrySet()) {
            isSame &= tell(pool.getKey(), before.get(pool.getKey()), pool.getValue());
        }
        for (var name : before.keySet()) {
            if (!after.containsKey(name)) {
                out.println("pool " + name + ": would be removed, and its pods with it");
                isSame = false;
            }
        }
        return isSame ? SAME : DIFFERENT;
    }

    private boolean tell(String name, @Nullable DoormanPool before, DoormanPool after) {
        var hash = Gated.hash(after.getSpec());
        if (before == null) {
            out.println("pool " + name + ": new (" + hash + ")");
            return false;
        }
        var changes = SpecChange.between(before.getSpec(), after.getSpec());
        if (changes.isEmpty()) {
            out.println("pool " + name + ": same (" + hash + ")");
            return true;
        }
        ChangeClass effect = SpecChange.effect(changes);
        out.println("pool " + name + ": " + effect.word() + " (" + hash + "), " + meaning(effect));
        changes.forEach(change -> out.println("  " + change));
        return false;
    }

    private static String meaning(ChangeClass effect) {
        return switch (effect) {
            case DESIRED -> "no pod notices";
            case SCALE -> "pods are added or drained";
            case HOT -> "running pods load it without a restart";
            case RESIZE ->
                "running pods get it without a restart where the cluster can do that, else they are replaced";
            case ROLL -> "pods are replaced one after the other";
        };
    }

    private Map<String, DoormanPool> pools(String file) throws IOException {
        var pools = new TreeMap<String, DoormanPool>();
        var problems = new ArrayList<String>();
        for (var read : Manifest.readAll(Files.readString(Path.of(file)))) {
            switch (read) {
                case Manifest.Read.Valid(var pool) -> pools.put(name(pool), pool);
                case Manifest.Read.Invalid(var name, var found) ->
                    found.forEach(problem -> problems.add("pool " + name + ": " + problem));
            }
        }
        problems.forEach(problem -> out.println(file + ": " + problem));
        isInvalid |= !problems.isEmpty();
        return pools;
    }

    private static String name(DoormanPool pool) {
        var namespace = pool.getMetadata().getNamespace();
        return namespace == null ? pool.getMetadata().getName() : pool.key();
    }
}
