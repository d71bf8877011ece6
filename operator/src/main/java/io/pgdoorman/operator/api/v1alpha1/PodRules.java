package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What [SpecRules] knows of the fields that make the pods' template.
final class PodRules {

    private static final List<String> OWN_PREFIXES = List.of("pgdoorman.io/", "app.kubernetes.io/");
    private static final long LEAST_HEAP_MIB = 32;
    private static final int MOST_LOOPS = 64;
    private static final KubernetesSerialization KUBERNETES = new KubernetesSerialization();

    private final DoormanPoolSpec spec;
    private final BiConsumer<String, String> refuse;

    private PodRules(DoormanPoolSpec spec, BiConsumer<String, String> refuse) {
        this.spec = spec;
        this.refuse = refuse;
    }

    static void check(DoormanPoolSpec spec, BiConsumer<String, String> refuse) {
        var rules = new PodRules(spec, refuse);
        rules.env();
        rules.volumes();
        rules.sidecars();
        rules.jvm();
        rules.overlay();
    }

    /// The largest heap in MiB, null if the image's own is to be kept.
    static @Nullable Long heapMib(DoormanPoolSpec spec) {
        var jvm = spec.jvm();
        var percent = jvm == null ? null : jvm.heapPercent();
        var limit = memoryLimit(spec);
        return percent == null || limit == null
                ? null
                : Quantity.getAmountInBytes(limit)
                        .multiply(BigDecimal.valueOf(percent))
                        .divide(BigDecimal.valueOf(100L * 1024 * 1024), RoundingMode.FLOOR)
                        .longValue();
    }

    /// One for each core that the limit gives, null without a limit.
    static @Nullable Integer eventLoops(DoormanPoolSpec spec) {
        var cpu = limit(spec, ContainerSize.CPU);
        return cpu == null
                ? null
                : Math.clamp(
                        cpu.getNumericalAmount()
                                .setScale(0, RoundingMode.CEILING)
                                .intValue(),
                        1,
                        MOST_LOOPS);
    }

    private static @Nullable Quantity memoryLimit(DoormanPoolSpec spec) {
        return limit(spec, ContainerSize.MEMORY);
    }

    private static @Nullable Quantity limit(DoormanPoolSpec spec, String name) {
        var resources = spec.resources();
        return resources == null || resources.getLimits() == null
                ? null
                : resources.getLimits().get(name);
    }

    private void env() {
        var env = spec.env();
        if (env != null && env.stream().anyMatch(variable -> "POOLER_JAVA_OPTS".equals(variable.getName()))) {
            refuse.accept("spec", DoormanPoolSpec.OPTIONS_ELSEWHERE);
        }
    }

    private void volumes() {
        for (var volume : spec.allVolumes()) {
            var path = "spec.volumes[" + volume.name() + "]";
            if (!volume.hasOneSource()) {
                refuse.accept(path, VolumeSpec.ONE_SOURCE);
            }
            if (volume.isReserved()) {
                refuse.accept(path, VolumeSpec.RESERVED);
            }
        }
        var mounts = spec.volumeMounts();
        if (mounts != null) {
            mounts(mounts);
            for (var mount : mounts) {
                var at = mount.mountPath();
                if (at.equals("/tmp") || at.equals("/etc/pgdoorman") || at.startsWith("/etc/pgdoorman/")) {
                    refuse.accept("spec", DoormanPoolSpec.MOUNTS_OVER);
                }
            }
        }
    }

    private void mounts(List<VolumeMountSpec> mounts) {
        var volumes = new HashSet<String>();
        spec.allVolumes().forEach(volume -> volumes.add(volume.name()));
        if (mounts.stream().anyMatch(mount -> !volumes.contains(mount.name()))) {
            refuse.accept("spec", DoormanPoolSpec.MOUNTS_NOTHING);
        }
    }

    private void sidecars() {
        for (var sidecar : spec.allSidecars()) {
            if (sidecar.name().equals("pooler")) {
                refuse.accept("spec.sidecars[pooler]", SidecarSpec.RESERVED);
            }
            if (sidecar.volumeMounts() != null) {
                mounts(sidecar.volumeMounts());
            }
        }
    }

    private void jvm() {
        var jvm = spec.jvm();
        if (jvm == null || jvm.heapPercent() == null) {
            return;
        }
        var heap = heapMib(spec);
        if (heap == null) {
            refuse.accept("spec", JvmSpec.NEEDS_LIMIT);
        } else if (heap < LEAST_HEAP_MIB) {
            refuse.accept(
                    "spec.jvm.heapPercent",
                    jvm.heapPercent() + " of " + memoryLimit(spec) + " is " + heap + " MiB, expected at least "
                            + LEAST_HEAP_MIB + " MiB");
        }
    }

    private void overlay() {
        var overlay = spec.podTemplate();
        if (overlay == null) {
            return;
        }
        var metadata = overlay.metadata();
        if (metadata != null) {
            keys("spec.podTemplate.metadata.labels", metadata.labels());
            keys("spec.podTemplate.metadata.annotations", metadata.annotations());
        }
        if (overlay.spec() != null) {
            spec(overlay.spec());
        }
    }

    private void spec(JsonNode pod) {
        var containers = pod.get("containers");
        if (containers != null && !containers.isArray()) {
            refuse.accept("spec.podTemplate.spec.containers", "expected a list of containers to be merged");
            return;
        }
        for (var container : pod.path("containers")) {
            container(container);
        }
        directives("spec.podTemplate.spec", pod);
        form(pod);
    }

    /// The API server takes anything here. What cannot be laid over a pod's spec would end each pass untold.
    private void form(JsonNode pod) {
        try {
            KUBERNETES.convertValue(pod, PodSpec.class);
        } catch (IllegalArgumentException e) {
            var at = e.getCause() instanceof JsonMappingException cause ? path(cause) : "";
            refuse.accept("spec.podTemplate.spec" + at, "is not of the form that a pod's spec has there");
        }
    }

    private static String path(JsonMappingException cause) {
        return cause.getPath().stream()
                .map(step -> step.getFieldName() == null ? "[" + step.getIndex() + "]" : "." + step.getFieldName())
                .collect(Collectors.joining());
    }

    private void keys(String path, @Nullable Map<String, String> keys) {
        if (keys != null
                && keys.keySet().stream().anyMatch(key -> OWN_PREFIXES.stream().anyMatch(key::startsWith))) {
            refuse.accept(path, PodTemplateOverlay.OWN_KEYS);
        }
    }

    private void container(JsonNode container) {
        var name = container.path("name").asText();
        if (name.isEmpty()) {
            refuse.accept("spec.podTemplate.spec.containers", "each needs a name, by which it is merged");
        } else if (name.equals("pooler") && container.has("image")) {
            refuse.accept(
                    "spec.podTemplate.spec.containers[pooler].image", "is not to be changed here: use spec.image");
        }
    }

    /// A patch of a patch would be more than anybody can review.
    private void directives(String path, JsonNode node) {
        for (var field : node.properties()) {
            if (field.getKey().startsWith("$")) {
                refuse.accept(path + "." + field.getKey(), "directives of patches are not known here");
            }
            directives(path + "." + field.getKey(), field.getValue());
        }
        if (node.isArray()) {
            node.forEach(item -> directives(path + "[]", item));
        }
    }
}
