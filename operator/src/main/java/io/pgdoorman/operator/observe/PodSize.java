package io.pgdoorman.operator.observe;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.pgdoorman.operator.api.v1alpha1.ContainerSize;
import io.pgdoorman.operator.child.DeploymentChild;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The size of a pod's pooler: what the API server asks of the kubelet, and what that says of it.
///
/// @param actual of a container that runs, null where none does or the kubelet does not tell
/// @param pending what the kubelet still has to do, in its words, null where that is nothing
/// @param isImpossible whether it says that its node can never do it
public record PodSize(
        ContainerSize asked,
        @Nullable ContainerSize actual,
        boolean isRunning,
        @Nullable String pending,
        boolean isImpossible) {

    private static final String PENDING = "PodResizePending";
    private static final String IN_PROGRESS = "PodResizeInProgress";

    /// Null where a pod has no pooler.
    static @Nullable PodSize of(Pod pod) {
        var spec = pod.getSpec();
        var status = pod.getStatus();
        var pooler = spec == null ? null : pooler(spec.getContainers());
        if (pooler == null) {
            return null;
        }
        var seen = status == null ? null : status(status.getContainerStatuses());
        var resources = seen == null ? null : seen.getResources();
        var waits = status == null ? Optional.<PodCondition>empty() : waits(status.getConditions());
        return new PodSize(
                ContainerSize.of(pooler.getResources()),
                resources == null ? null : ContainerSize.of(resources),
                seen != null && seen.getState() != null && seen.getState().getRunning() != null,
                waits.map(PodSize::words).orElse(null),
                waits.filter(condition -> "Infeasible".equals(condition.getReason()))
                        .isPresent());
    }

    private static @Nullable Container pooler(List<Container> containers) {
        return containers.stream()
                .filter(container -> DeploymentChild.CONTAINER.equals(container.getName()))
                .findFirst()
                .orElse(null);
    }

    private static @Nullable ContainerStatus status(List<ContainerStatus> containers) {
        return containers.stream()
                .filter(container -> DeploymentChild.CONTAINER.equals(container.getName()))
                .findFirst()
                .orElse(null);
    }

    private static Optional<PodCondition> waits(List<PodCondition> conditions) {
        return Stream.of(PENDING, IN_PROGRESS)
                .flatMap(type -> conditions.stream()
                        .filter(condition -> condition.getType().equals(type)
                                && condition.getStatus().equals("True")))
                .findFirst();
    }

    private static String words(PodCondition condition) {
        return Stream.of(condition.getReason(), condition.getMessage())
                .filter(word -> word != null && !word.isEmpty())
                .map(Objects::requireNonNull)
                .reduce((reason, message) -> reason + ": " + message)
                .orElse("in progress");
    }

    /// Whether the kubelet was asked for it.
    public boolean asks(ContainerSize size) {
        return asked.covers(size);
    }

    /// Whether the pooler has it, or will from its next start on.
    public boolean has(ContainerSize size) {
        return asks(size) && pending == null && (!isRunning || (actual != null && actual.covers(size)));
    }
}
