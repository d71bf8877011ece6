package io.pgdoorman.operator.api.v1alpha1;

/// What a change of a field of the spec does to running pods. The order is that of effort.
public enum ChangeClass {
    /// No pod notices: the operator or an object beside the pods takes it.
    DESIRED,
    /// Pods are added or drained; those that stay do not notice.
    SCALE,
    /// Running pods load it without a restart.
    HOT,
    /// Running pods get it without a restart, where the cluster can do that; else they are replaced one after the
    /// other.
    RESIZE,
    /// Pods are replaced one after the other.
    ROLL;

    /// As people read it.
    public String word() {
        return switch (this) {
            case DESIRED -> "none";
            case SCALE -> "scale";
            case HOT -> "hot";
            case RESIZE -> "resize";
            case ROLL -> "roll";
        };
    }
}
