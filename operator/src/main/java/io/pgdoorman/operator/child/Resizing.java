package io.pgdoorman.operator.child;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.pgdoorman.operator.api.v1alpha1.ContainerSize;
import io.pgdoorman.operator.api.v1alpha1.InPlace;
import io.pgdoorman.operator.child.ResizeNote.Stage;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Another size of the pooler's container reaches pods that run, and none is replaced for it.
///
/// Pods first: while they get it the template is as before, so that giving up is an ordinary replacement of pods. Then
/// the template, or a pod that comes later would be as small as before. The Deployment's controller makes another
/// ReplicaSet, and so other pods, for a template that none of its ReplicaSets has; so it is told to pause, the
/// ReplicaSet gets the size (pods that are there do not mind), then the Deployment, and when the controller says that
/// all pods are of the newest template the pause is over.
///
/// Each step is taken from what is seen and from [ResizeNote], so that it may end anywhere and go on there.
public final class Resizing {

    /// On the Deployment: the template that pods could not have in place, and why.
    private static final String REFUSED = "pgdoorman.io/resize-refused";

    /// What a template is and was made for, as long as it stays.
    private static final List<String> OF_TEMPLATE =
            List.of(Names.TEMPLATE_HASH, Rollback.APPLIED, Names.ASKED, Upgrade.ASKED_BUT_SIZE, Upgrade.DEFAULT_IMAGE);

    private Resizing() {}

    /// What a decision depends on.
    ///
    /// @param isAlike whether pods are of one template that is known
    /// @param have whether all pods have a size
    /// @param isHeld whether `rollout.paused` is true
    public record Pods(boolean isAlike, Predicate<ContainerSize> have, boolean isHeld) {}

    /// The Deployment that should be there.
    ///
    /// @param wanted with the template that pods should get, see [Rollback]
    public static Deployment choose(@Nullable Deployment live, Deployment wanted, Pods pods) {
        if (live == null || Rollback.failure(wanted) != null) {
            return wanted;
        }
        var hash = hash(wanted);
        var refusal = refusal(live, hash);
        if (refusal != null) {
            return refused(wanted, hash, refusal);
        }
        var note = ResizeNote.on(live);
        if (note == null) {
            return hash.equals(hash(live)) || !canBegin(live, wanted, pods)
                    ? wanted
                    : change(live, wanted)
                            .map(change -> begun(live, wanted, change))
                            .orElse(wanted);
        }
        if (!hash.equals(note.hash())) {
            return change(live, wanted)
                    .map(change -> begunAgain(live, wanted, change))
                    .orElse(wanted);
        }
        return note.stage() == Stage.PODS ? ofPods(live, wanted, note, pods) : ofTemplate(live, wanted, note, pods);
    }

    /// While pods come and go anyway, new ones are as they should be at once.
    private static boolean canBegin(Deployment live, Deployment wanted, Pods pods) {
        return wanted.getSpec().getReplicas() > 0
                && live.getSpec().getReplicas() > 0
                && Rollback.isRolledOut(live)
                && pods.isAlike();
    }

    private static Optional<InPlace> change(Deployment live, Deployment wanted) {
        var applied = Rollback.applied(live);
        return applied == null
                ? Optional.empty()
                : InPlace.between(applied, wanted.getSpec().getTemplate());
    }

    private static Deployment begun(Deployment live, Deployment wanted, InPlace change) {
        var begun =
                new ResizeNote(hash(wanted), Stage.PODS, change.from(), change.to(), null).put(asBefore(live, wanted));
        // All pods run it: whatever comes next may go back to it.
        Rollback.annotate(begun, Rollback.GOOD, Objects.requireNonNull(Names.annotation(live, Rollback.APPLIED)));
        return begun;
    }

    /// Another size is asked for while pods get one. The ReplicaSet may have that already, so a pause stays.
    private static Deployment begunAgain(Deployment live, Deployment wanted, InPlace change) {
        var begun =
                new ResizeNote(hash(wanted), Stage.PODS, change.from(), change.to(), null).put(asBefore(live, wanted));
        begun.getSpec().setPaused(live.getSpec().getPaused());
        return begun;
    }

    /// All but the template and what goes with it.
    private static Deployment asBefore(Deployment live, Deployment wanted) {
        var kept = new DeploymentBuilder(wanted).build();
        kept.getSpec().setTemplate(Objects.requireNonNull(Rollback.applied(live)));
        var annotations = new TreeMap<>(kept.getMetadata().getAnnotations());
        OF_TEMPLATE.forEach(key -> {
            var value = Names.annotation(live, key);
            if (value == null) {
                annotations.remove(key);
            } else {
                annotations.put(key, value);
            }
        });
        var good = Names.annotation(live, Rollback.GOOD);
        if (good != null) {
            annotations.put(Rollback.GOOD, good);
        }
        kept.getMetadata().setAnnotations(annotations);
        return kept;
    }

    private static Deployment ofPods(Deployment live, Deployment wanted, ResizeNote note, Pods pods) {
        if (Rollback.applied(live) == null) {
            return wanted;
        }
        var isPaused = Boolean.TRUE.equals(live.getSpec().getPaused());
        if (isPaused && isObserved(live) && pods.isAlike() && pods.have().test(note.to())) {
            return paused(inPlace(wanted, note));
        }
        var kept = note.put(asBefore(live, wanted));
        return isPaused || pods.have().test(note.to()) ? paused(kept) : kept;
    }

    /// The template that is there from now on is good: pods run it.
    private static Deployment inPlace(Deployment wanted, ResizeNote note) {
        Rollback.annotate(wanted, Rollback.GOOD, Rollback.write(wanted.getSpec().getTemplate()));
        return note.at(Stage.TEMPLATE).put(wanted);
    }

    private static Deployment ofTemplate(Deployment live, Deployment wanted, ResizeNote note, Pods pods) {
        if (!hash(wanted).equals(hash(live))) {
            return wanted; // Somebody edited it.
        }
        var isPaused = Boolean.TRUE.equals(live.getSpec().getPaused());
        if (!isObserved(live)
                || count(live.getStatus().getUpdatedReplicas())
                        != count(live.getStatus().getReplicas())) {
            var going = inPlace(wanted, note);
            return isPaused ? paused(going) : going;
        }
        return isPaused && !pods.isHeld() ? inPlace(wanted, note) : inPlaceAndDone(wanted);
    }

    private static Deployment inPlaceAndDone(Deployment wanted) {
        Rollback.annotate(wanted, Rollback.GOOD, Rollback.write(wanted.getSpec().getTemplate()));
        return wanted;
    }

    private static boolean isObserved(Deployment live) {
        return live.getStatus() != null
                && Objects.equals(
                        live.getStatus().getObservedGeneration(),
                        live.getMetadata().getGeneration());
    }

    private static int count(@Nullable Integer number) {
        return number == null ? 0 : number;
    }

    private static Deployment paused(Deployment deployment) {
        deployment.getSpec().setPaused(true);
        return deployment;
    }

    /// The same, begun now if not before.
    public static Deployment timed(Deployment chosen, Instant now) {
        var note = ResizeNote.on(chosen);
        return note == null ? chosen : note.begun(now).put(chosen);
    }

    // What does not go in place.

    /// The Deployment that says so: the template is as it is, and from the next look on it is another one.
    public static Deployment givenUp(Deployment live, Deployment chosen, String why) {
        var note = Objects.requireNonNull(ResizeNote.on(chosen));
        var given = refused(chosen, note.hash(), why);
        given.getMetadata().getAnnotations().remove(ResizeNote.KEY);
        given.getSpec().setPaused(live.getSpec().getPaused());
        return given;
    }

    private static Deployment refused(Deployment wanted, String hash, String why) {
        Rollback.annotate(wanted, REFUSED, hash + " " + why);
        return wanted;
    }

    private static @Nullable String refusal(Deployment live, String hash) {
        var text = Names.annotation(live, REFUSED);
        return text != null && text.startsWith(hash + " ") ? text.substring(hash.length() + 1) : null;
    }

    /// Why pods are replaced for a size that they could not have in place, null where they are not.
    public static @Nullable String refusal(@Nullable Deployment live) {
        var text = live == null ? null : Names.annotation(live, REFUSED);
        return text == null ? null : text.substring(text.indexOf(' ') + 1);
    }

    /// The size by the template that is there, null if somebody edited it.
    public static @Nullable ContainerSize size(Deployment live) {
        var template = Rollback.applied(live);
        return template == null
                ? null
                : template.getSpec().getContainers().stream()
                        .filter(container -> container.getName().equals(DeploymentChild.CONTAINER))
                        .findFirst()
                        .map(container -> ContainerSize.of(container.getResources()))
                        .orElse(null);
    }

    // What others have to know.

    /// Whether applying would replace pods.
    public static boolean replaces(@Nullable Deployment live, Deployment wanted) {
        return live != null
                && ResizeNote.on(wanted) == null
                && (!Objects.equals(Names.annotation(live, Names.TEMPLATE_HASH), hash(wanted))
                        || unleashes(live, wanted));
    }

    /// A resize that was given up when the template had been changed left a pause behind.
    private static boolean unleashes(Deployment live, Deployment wanted) {
        return refusal(live, hash(wanted)) != null
                && Boolean.TRUE.equals(live.getSpec().getPaused())
                && !Boolean.TRUE.equals(wanted.getSpec().getPaused());
    }

    private static String hash(Deployment deployment) {
        return Objects.requireNonNullElse(Names.annotation(deployment, Names.TEMPLATE_HASH), "");
    }
}
