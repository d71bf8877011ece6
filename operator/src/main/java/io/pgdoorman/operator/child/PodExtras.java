package io.pgdoorman.operator.child;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.ContainerPortBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolSpec;
import io.pgdoorman.operator.api.v1alpha1.SidecarSpec;
import io.pgdoorman.operator.api.v1alpha1.VolumeMountSpec;
import io.pgdoorman.operator.api.v1alpha1.VolumeSpec;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What users add to the pods: environment, volumes and containers of their own.
final class PodExtras {

    private PodExtras() {}

    /// The pooler's environment.
    static List<EnvVar> env(DoormanPoolSpec spec) {
        var env = new ArrayList<EnvVar>();
        var options = options(spec);
        if (!options.isEmpty()) {
            env.add(new EnvVarBuilder()
                    .withName("POOLER_JAVA_OPTS")
                    .withValue(String.join(" ", options))
                    .build());
        }
        if (spec.env() != null) {
            env.addAll(spec.env());
        }
        return env;
    }

    private static List<String> options(DoormanPoolSpec spec) {
        var options = new ArrayList<String>();
        var heap = spec.heapMib();
        if (heap != null) {
            options.add("-Xmx" + heap + "m");
        }
        var jvm = spec.jvm();
        if (jvm != null && jvm.options() != null) {
            options.addAll(jvm.options());
        }
        return options;
    }

    static List<Volume> volumes(DoormanPoolSpec spec) {
        return spec.allVolumes().stream().map(PodExtras::volume).toList();
    }

    private static Volume volume(VolumeSpec volume) {
        return new VolumeBuilder()
                .withName(volume.name())
                .withConfigMap(volume.configMap())
                .withSecret(volume.secret())
                .withEmptyDir(volume.emptyDir())
                .withPersistentVolumeClaim(volume.persistentVolumeClaim())
                .withCsi(volume.csi())
                .build();
    }

    static List<VolumeMount> mounts(@Nullable List<VolumeMountSpec> mounts) {
        return mounts == null
                ? List.of()
                : mounts.stream()
                        .map(mount -> new VolumeMountBuilder()
                                .withName(mount.name())
                                .withMountPath(mount.mountPath())
                                .withSubPath(mount.subPath())
                                .withReadOnly(mount.readOnly() ? Boolean.TRUE : null)
                                .build())
                        .toList();
    }

    static List<Container> sidecars(DoormanPoolSpec spec) {
        return spec.allSidecars().stream().map(PodExtras::sidecar).toList();
    }

    private static Container sidecar(SidecarSpec sidecar) {
        var container = new ContainerBuilder()
                .withName(sidecar.name())
                .withImage(sidecar.image())
                .withCommand(sidecar.command())
                .withArgs(sidecar.args())
                .withEnv(sidecar.env())
                .withPorts(ports(sidecar.ports()))
                .withVolumeMounts(mounts(sidecar.volumeMounts()))
                .withRestartPolicy("Always")
                .withNewSecurityContext()
                .withAllowPrivilegeEscalation(false)
                .withNewCapabilities()
                .withDrop("ALL")
                .endCapabilities()
                .endSecurityContext();
        var resources = sidecar.resources();
        if (resources != null) {
            container.withResources(resources);
        }
        return container.build();
    }

    private static List<ContainerPort> ports(@Nullable List<SidecarSpec.Port> ports) {
        return ports == null
                ? List.of()
                : ports.stream()
                        .map(port -> new ContainerPortBuilder()
                                .withName(port.name())
                                .withContainerPort(port.containerPort())
                                .withProtocol("TCP")
                                .build())
                        .toList();
    }
}
