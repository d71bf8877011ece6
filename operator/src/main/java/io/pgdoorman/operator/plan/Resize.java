package io.pgdoorman.operator.plan;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.pgdoorman.operator.api.v1alpha1.ContainerSize;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.GoDuration;
import io.pgdoorman.operator.child.DeploymentChild;
import io.pgdoorman.operator.child.ResizeNote;
import io.pgdoorman.operator.child.ResizeNote.Stage;
import io.pgdoorman.operator.child.Resizing;
import io.pgdoorman.operator.observe.PodView;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The steps of another size in place, see [Resizing]: one pod tries it, the others follow, then what makes pods.
///
/// It is given up, and pods are replaced, when the API server or a kubelet says that it is impossible, or when it takes
/// longer than `rollout.progressDeadline`. Pods get back what they had then: they may be needed once more.
public final class Resize {

    private final List<PodView> pods;
    private final Deployment live;
    private final Deployment chosen;

    private Resize(List<PodView> pods, Deployment live, Deployment chosen) {
        this.pods = staying(pods);
        this.live = live;
        this.chosen = chosen;
    }

    /// A Deployment, and what goes before it.
    record Next(Deployment deployment, List<Step> steps) {}

    /// What else it depends on.
    ///
    /// @param refusal what the API server said against a size a moment ago
    record Moment(Instant now, @Nullable String refusal) {}

    /// What [Resizing#choose] has to know of pods.
    static Resizing.Pods pods(DoormanPool pool, List<PodView> pods) {
        var staying = staying(pods);
        return new Resizing.Pods(
                template(staying) != null,
                size -> !staying.isEmpty() && staying.stream().allMatch(pod -> has(pod, size)),
                pool.getSpec().rollout().paused());
    }

    /// Whether no pod is, or will be, replaced because its Deployment is being written.
    static boolean isUnderWay(Deployment live, List<PodView> pods) {
        return ResizeNote.on(live) != null && template(staying(pods)) != null;
    }

    private static List<PodView> staying(List<PodView> pods) {
        return pods.stream().filter(pod -> !pod.isTerminating()).toList();
    }

    /// The one that all pods are of, null if there is none.
    private static @Nullable String template(List<PodView> pods) {
        var templates = pods.stream().map(PodView::template).distinct().toList();
        return templates.size() == 1 ? templates.getFirst() : null;
    }

    private static boolean has(PodView pod, ContainerSize size) {
        return pod.size() != null && pod.size().has(size);
    }

    private static boolean asks(PodView pod, ContainerSize size) {
        return pod.size() != null && pod.size().asks(size);
    }

    /// The Deployment as it is to be written now.
    ///
    /// @param chosen as it should be there, see [Budget#deployment]
    static Next on(DoormanPool pool, List<PodView> pods, @Nullable Deployment live, Deployment chosen, Moment moment) {
        if (live == null) {
            return new Next(chosen, List.of());
        }
        var resize = new Resize(pods, live, chosen);
        var note = ResizeNote.on(chosen);
        if (note == null) {
            return new Next(chosen, resize.back());
        }
        var why = resize.obstacle(note, moment, pool.getSpec().rollout().progressDeadline());
        if (why != null) {
            return new Next(Resizing.givenUp(live, chosen, why), List.of());
        }
        return new Next(Resizing.timed(chosen, moment.now()), resize.steps(note));
    }

    private @Nullable String obstacle(ResizeNote note, Moment moment, String deadline) {
        if (moment.refusal() != null) {
            return moment.refusal();
        }
        var impossible = pods.stream()
                .filter(pod -> pod.size() != null && pod.size().isImpossible() && asks(pod, note.to()))
                .findFirst();
        if (impossible.isPresent()) {
            return waiting(impossible.get());
        }
        return note.isBegunBefore(moment.now().minus(GoDuration.parse(deadline)))
                ? "not done within " + deadline
                        + pods.stream()
                                .filter(pod -> !has(pod, note.to()))
                                .findFirst()
                                .map(pod -> ": " + waiting(pod))
                                .orElse("")
                : null;
    }

    private static String waiting(PodView pod) {
        var pending = pod.size() == null ? null : pod.size().pending();
        return "pod " + pod.name() + " (" + (pending == null ? "its kubelet does not say that it has it" : pending)
                + ")";
    }

    private List<Step> steps(ResizeNote note) {
        if (note.stage() == Stage.TEMPLATE) {
            var before = ResizeNote.on(live);
            return before != null && before.stage() == Stage.PODS ? List.of(replicaSet()) : List.of();
        }
        return orders(note.to());
    }

    private Step replicaSet() {
        var pooler = chosen.getSpec().getTemplate().getSpec().getContainers().stream()
                .filter(container -> container.getName().equals(DeploymentChild.CONTAINER))
                .findFirst()
                .orElseThrow();
        return new Step.Template(live, Objects.requireNonNull(template(pods)), pooler.getResources());
    }

    /// While none has it only one is asked: it tells whether it can be had.
    private List<Step> orders(ContainerSize size) {
        var isTried = pods.stream().anyMatch(pod -> has(pod, size));
        return pods.stream()
                .sorted(Comparator.comparing((PodView pod) -> !asks(pod, size))
                        .thenComparing(pod -> !pod.isReady())
                        .thenComparing(PodView::name))
                .limit(isTried ? pods.size() : 1)
                .filter(pod -> !asks(pod, size))
                .<Step>map(pod -> new Step.Resize(pod.name(), size))
                .toList();
    }

    /// What was asked for pods that will be replaced for it.
    private List<Step> back() {
        var size = Resizing.replaces(live, chosen) && Resizing.refusal(chosen) != null ? Resizing.size(live) : null;
        return size == null
                ? List.of()
                : pods.stream()
                        .filter(pod -> pod.size() != null && !asks(pod, size))
                        .<Step>map(pod -> new Step.Resize(pod.name(), size))
                        .toList();
    }

    /// How many pods have it, of those that should.
    public static String progress(ResizeNote note, List<PodView> pods) {
        var staying = staying(pods);
        var waits = staying.stream().filter(pod -> !has(pod, note.to())).toList();
        return (staying.size() - waits.size()) + " of " + staying.size() + " pods have " + note.text()
                + waits.stream()
                        .filter(pod -> pod.size() != null && pod.size().pending() != null)
                        .findFirst()
                        .map(pod -> "; " + waiting(pod))
                        .orElse("");
    }
}
