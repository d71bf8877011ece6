package io.pgdoorman.operator.api.v1alpha1;

/// When the kubelet pulls the image.
public enum PullPolicy {
    Always,
    IfNotPresent,
    Never
}
