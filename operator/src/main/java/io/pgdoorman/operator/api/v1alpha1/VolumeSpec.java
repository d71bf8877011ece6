package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.CSIVolumeSource;
import io.fabric8.kubernetes.api.model.ConfigMapVolumeSource;
import io.fabric8.kubernetes.api.model.EmptyDirVolumeSource;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimVolumeSource;
import io.fabric8.kubernetes.api.model.SecretVolumeSource;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A volume that the pods have beside those of the operator; other kinds of volumes go into `podTemplate`.
@ValidationRule(
        value = "[has(self.configMap), has(self.secret), has(self.emptyDir), has(self.persistentVolumeClaim),"
                + " has(self.csi)].filter(x, x).size() == 1",
        message = VolumeSpec.ONE_SOURCE)
@ValidationRule(value = "self.name != 'config' && self.name != 'tmp'", message = VolumeSpec.RESERVED)
public record VolumeSpec(
        @Required
        @Size(min = 1, max = 63)
        @Pattern("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
        @JsonPropertyDescription("Name by which volumeMounts refer to it.")
        String name,

        @JsonPropertyDescription("Files from a ConfigMap of the pool's namespace.") @Nullable
        ConfigMapVolumeSource configMap,

        @JsonPropertyDescription("Files from a Secret of the pool's namespace.") @Nullable
        SecretVolumeSource secret,

        @JsonPropertyDescription("An empty folder that ends with its pod.") @Nullable
        EmptyDirVolumeSource emptyDir,

        @JsonPropertyDescription("A claim that all pods share.") @Nullable
        PersistentVolumeClaimVolumeSource persistentVolumeClaim,

        @JsonPropertyDescription("What a driver of the Container Storage Interface provides.") @Nullable
        CSIVolumeSource csi) {

    static final String ONE_SOURCE =
            "a volume needs exactly one of configMap, secret, emptyDir, persistentVolumeClaim and csi";
    static final String RESERVED = "volumes named config and tmp are the operator's own";

    boolean hasOneSource() {
        return Stream.<@Nullable Object>of(configMap, secret, emptyDir, persistentVolumeClaim, csi)
                        .filter(Objects::nonNull)
                        .count()
                == 1;
    }

    boolean isReserved() {
        return name.equals("config") || name.equals("tmp");
    }
}
