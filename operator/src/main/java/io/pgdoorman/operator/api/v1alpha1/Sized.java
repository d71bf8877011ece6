package io.pgdoorman.operator.api.v1alpha1;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// As much of the pods' template as the size of containers has to do with: what a spec alone says of it.
final class Sized {

    private Sized() {}

    /// Whether running pods can take one spec's sizes instead of the other's.
    static boolean isInPlace(DoormanPoolSpec before, DoormanPoolSpec after) {
        return InPlace.between(template(before), template(after)).isPresent();
    }

    private static PodTemplateSpec template(DoormanPoolSpec spec) {
        var own = new PodTemplateSpecBuilder()
                .withNewMetadata()
                .withAnnotations(
                        Map.of("pgdoorman.io/heap", spec.heapMib() + "", "pgdoorman.io/loops", spec.eventLoops() + ""))
                .endMetadata()
                .withNewSpec()
                .withContainers(container(InPlace.POOLER, spec.env(), spec.resources()))
                .withInitContainers(spec.allSidecars().stream()
                        .map(sidecar -> container(sidecar.name(), sidecar.env(), sidecar.resources()))
                        .toList())
                .endSpec()
                .build();
        return Overlay.on(own, spec.podTemplate());
    }

    private static Container container(
            String name, @Nullable List<EnvVar> env, @Nullable ResourceRequirements resources) {
        return new ContainerBuilder()
                .withName(name)
                .withEnv(env == null ? List.of() : env)
                .withResources(resources)
                .build();
    }
}
