package io.pgdoorman.operator.child;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// A changed template goes to a few pods first, beside all others.
///
/// The Deployment's controller is held by its own means and not by being quicker than it: a surge of as many pods
/// as are tried, none unavailable, and pods that count only after nearly the whole progress deadline. When the trial
/// was good the strategy of the spec is back, and all others follow. Without the operator they follow in the end, as
/// pods that are ready for so long are good.
public final class Canary {

    /// On the Deployment: the template that is tried, and the older pods beside it.
    private static final String TRIAL = "pgdoorman.io/canary";

    private Canary() {}

    /// What a decision depends on.
    ///
    /// @param most pods that try a template; 0 for no trial
    /// @param templates of pods that exist, as their label says
    /// @param isGood whether the trial, if there is one, was good
    public record Trial(int most, Set<String> templates, boolean isGood) {}

    /// The Deployment that should be there.
    ///
    /// @param wanted with the template that pods should get, see [Rollback]
    public static Deployment choose(@Nullable Deployment live, Deployment wanted, Trial trial) {
        var tried = Math.min(trial.most(), wanted.getSpec().getReplicas());
        if (live == null || tried == 0 || Rollback.failure(wanted) != null || ResizeNote.on(wanted) != null) {
            return wanted;
        }
        var hash = Objects.requireNonNull(Names.annotation(wanted, Names.TEMPLATE_HASH));
        if (!hash.equals(Names.annotation(live, Names.TEMPLATE_HASH))) {
            return held(wanted, tried, hash + " " + String.join(" ", new TreeSet<>(trial.templates())));
        }
        var begun = Names.annotation(live, TRIAL);
        return begun == null || trial.isGood() || Rollback.isRolledOut(live) ? wanted : held(wanted, tried, begun);
    }

    /// Templates that are older than the one on trial; null while none is.
    public static @Nullable Set<String> older(@Nullable Deployment live) {
        var trial = live == null ? null : Names.annotation(live, TRIAL);
        if (live == null || trial == null) {
            return null;
        }
        var words = new TreeSet<>(Set.of(trial.split(" ")));
        words.remove(Names.annotation(live, Names.TEMPLATE_HASH));
        return words;
    }

    private static Deployment held(Deployment wanted, int pods, String trial) {
        var annotations = new TreeMap<>(wanted.getMetadata().getAnnotations());
        annotations.put(TRIAL, trial);
        wanted.getMetadata().setAnnotations(annotations);
        var spec = wanted.getSpec();
        spec.setMinReadySeconds(spec.getProgressDeadlineSeconds() - 1);
        var strategy = spec.getStrategy().getRollingUpdate();
        strategy.getMaxSurge().setValue(pods);
        strategy.getMaxUnavailable().setValue(0);
        return wanted;
    }
}
