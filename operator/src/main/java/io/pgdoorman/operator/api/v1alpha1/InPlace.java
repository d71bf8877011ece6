package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A change of the pooler's CPU and memory that pods can have while they run, without a restart.
///
/// What a process looks at once, when it begins, needs another process: its largest heap and the number of its event
/// loops, so as many cores as its CPU limit gives it. Other containers are not ours: who knows what they look at. And
/// Kubernetes lets a running pod neither lose a request or a limit nor change its class of service.
public record InPlace(ContainerSize from, ContainerSize to) {

    static final String POOLER = "pooler";

    private static final KubernetesSerialization JSON = new KubernetesSerialization();

    /// What leads from one template to another; empty if pods have to be made anew for that.
    public static Optional<InPlace> between(PodTemplateSpec before, PodTemplateSpec after) {
        var was = pooler(before);
        var is = pooler(after);
        if (was == null || is == null || !isSameBut(before, after) || isReadAtStart(after) || restarts(is)) {
            return Optional.empty();
        }
        try {
            return isOfOthers(was.getResources(), is.getResources()) || isOtherClass(before, after)
                    ? Optional.empty()
                    : Optional.of(new InPlace(
                                    ContainerSize.of(was.getResources()), ContainerSize.of(is.getResources())))
                            .filter(InPlace::isPossible);
        } catch (IllegalArgumentException _) {
            return Optional.empty(); // No quantity: the API server tells what is wrong with it.
        }
    }

    private static @Nullable Container pooler(PodTemplateSpec template) {
        return template.getSpec().getContainers().stream()
                .filter(container -> POOLER.equals(container.getName()))
                .findFirst()
                .orElse(null);
    }

    private static boolean isSameBut(PodTemplateSpec before, PodTemplateSpec after) {
        return withoutSize(before).equals(withoutSize(after));
    }

    private static ObjectNode withoutSize(PodTemplateSpec template) {
        var tree = Objects.requireNonNull(JSON.convertValue(template, ObjectNode.class));
        for (var container : tree.path("spec").path("containers")) {
            if (container instanceof ObjectNode object
                    && POOLER.equals(container.path("name").asText())) {
                object.remove("resources");
            }
        }
        return tree;
    }

    /// Environment variables that say what a container may use are as they were when it began.
    private static boolean isReadAtStart(PodTemplateSpec template) {
        return all(template)
                .flatMap(container -> container.getEnv().stream())
                .anyMatch(variable -> variable.getValueFrom() != null
                        && variable.getValueFrom().getResourceFieldRef() != null);
    }

    private static boolean restarts(Container container) {
        return container.getResizePolicy().stream()
                .anyMatch(policy -> "RestartContainer".equals(policy.getRestartPolicy()));
    }

    private static Stream<Container> all(PodTemplateSpec template) {
        var spec = template.getSpec();
        return Stream.concat(spec.getContainers().stream(), spec.getInitContainers().stream());
    }

    /// Anything else than CPU and memory.
    private static boolean isOfOthers(@Nullable ResourceRequirements before, @Nullable ResourceRequirements after) {
        return !others(before).equals(others(after));
    }

    private static List<Object> others(@Nullable ResourceRequirements resources) {
        return resources == null
                ? List.of(List.of(), Map.of(), Map.of())
                : List.of(resources.getClaims(), others(resources.getRequests()), others(resources.getLimits()));
    }

    private static Map<String, BigDecimal> others(@Nullable Map<String, Quantity> all) {
        var others = new HashMap<String, BigDecimal>();
        if (all != null) {
            all.forEach((name, quantity) -> {
                if (!ContainerSize.RESIZABLE.contains(name)) {
                    others.put(name, ContainerSize.amount(quantity).stripTrailingZeros());
                }
            });
        }
        return others;
    }

    /// Whether what may be used of memory stays the same.
    public boolean keepsMemoryLimit() {
        return ContainerSize.isSame(
                from.limits().get(ContainerSize.MEMORY), to.limits().get(ContainerSize.MEMORY));
    }

    private boolean isPossible() {
        return to.requests().keySet().containsAll(from.requests().keySet())
                && to.limits().keySet().containsAll(from.limits().keySet())
                && Objects.equals(cores(from), cores(to));
    }

    /// As many as the JVM counts; without a limit all that the node has.
    private static @Nullable Integer cores(ContainerSize size) {
        var limit = size.limits().get(ContainerSize.CPU);
        return limit == null
                ? null
                : ContainerSize.amount(limit).setScale(0, RoundingMode.CEILING).intValue();
    }

    private static boolean isOtherClass(PodTemplateSpec before, PodTemplateSpec after) {
        return classOf(before) != classOf(after);
    }

    /// As Kubernetes sorts pods by their requests and limits.
    private enum Service {
        BEST_EFFORT,
        BURSTABLE,
        GUARANTEED
    }

    private static Service classOf(PodTemplateSpec template) {
        var sizes = new ArrayList<ContainerSize>();
        all(template).forEach(container -> sizes.add(ContainerSize.of(container.getResources())));
        if (sizes.stream().noneMatch(size -> isAny(size.requests()) || isAny(size.limits()))) {
            return Service.BEST_EFFORT;
        }
        return sizes.stream().allMatch(InPlace::isGuaranteed) ? Service.GUARANTEED : Service.BURSTABLE;
    }

    private static boolean isAny(Map<String, Quantity> quantities) {
        return quantities.values().stream()
                .anyMatch(quantity -> ContainerSize.amount(quantity).signum() > 0);
    }

    private static boolean isGuaranteed(ContainerSize size) {
        return ContainerSize.RESIZABLE.stream().allMatch(name -> {
            var limit = size.limits().get(name);
            return limit != null
                    && ContainerSize.amount(limit).signum() > 0
                    && ContainerSize.isSame(limit, size.requests().get(name));
        });
    }
}
