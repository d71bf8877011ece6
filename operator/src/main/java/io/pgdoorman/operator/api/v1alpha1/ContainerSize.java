package io.pgdoorman.operator.api.v1alpha1;

import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import java.math.BigDecimal;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// CPU and memory that a container asks for and may use, as the API server completes them: a request that is absent is
/// its limit.
public record ContainerSize(SortedMap<String, Quantity> requests, SortedMap<String, Quantity> limits) {

    static final String CPU = "cpu";
    static final String MEMORY = "memory";

    /// What a kubelet can change while a container runs.
    static final List<String> RESIZABLE = List.of(CPU, MEMORY);

    public ContainerSize {
        requests = Collections.unmodifiableSortedMap(new TreeMap<>(requests));
        limits = Collections.unmodifiableSortedMap(new TreeMap<>(limits));
    }

    /// Of what a container's description says.
    public static ContainerSize of(@Nullable ResourceRequirements resources) {
        var limits = resizable(resources == null ? null : resources.getLimits());
        var requests = new TreeMap<>(limits);
        requests.putAll(resizable(resources == null ? null : resources.getRequests()));
        return new ContainerSize(requests, limits);
    }

    private static SortedMap<String, Quantity> resizable(@Nullable Map<String, Quantity> all) {
        var some = new TreeMap<String, Quantity>(all == null ? Map.of() : all);
        some.keySet().retainAll(RESIZABLE);
        return some;
    }

    /// The same for a container's description.
    public ResourceRequirements requirements() {
        return new ResourceRequirementsBuilder()
                .withRequests(requests)
                .withLimits(limits)
                .build();
    }

    /// Whether all that the other says is so here; what it leaves open may be anything.
    public boolean covers(ContainerSize other) {
        return contains(requests, other.requests) && contains(limits, other.limits);
    }

    private static boolean contains(Map<String, Quantity> all, Map<String, Quantity> some) {
        return some.entrySet().stream().allMatch(entry -> isSame(all.get(entry.getKey()), entry.getValue()));
    }

    /// `1` and `1000m` are the same.
    static boolean isSame(@Nullable Quantity one, @Nullable Quantity other) {
        if (one == null || other == null) {
            return Objects.equals(one, other);
        }
        return amount(one).compareTo(amount(other)) == 0;
    }

    static BigDecimal amount(Quantity quantity) {
        return quantity.getNumericalAmount();
    }

    /// What is different in the other, as people read it.
    public String changesTo(ContainerSize other) {
        var text = Stream.concat(
                        changes("requests.", requests, other.requests), changes("limits.", limits, other.limits))
                .collect(Collectors.joining(", "));
        return text.isEmpty() ? "nothing" : text;
    }

    private static Stream<String> changes(String path, Map<String, Quantity> before, Map<String, Quantity> after) {
        var names = new TreeSet<>(before.keySet());
        names.addAll(after.keySet());
        return names.stream()
                .filter(name -> !isSame(before.get(name), after.get(name)))
                .map(name -> path + name + " " + Objects.requireNonNullElse(before.get(name), "none") + " -> "
                        + Objects.requireNonNullElse(after.get(name), "none"));
    }
}
