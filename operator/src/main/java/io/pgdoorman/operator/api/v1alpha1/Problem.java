package io.pgdoorman.operator.api.v1alpha1;

/// Something wrong in a manifest: where, and what with value and expectation.
public record Problem(String path, String message) {
    @Override
    public String toString() {
        return path + ": " + message;
    }
}
