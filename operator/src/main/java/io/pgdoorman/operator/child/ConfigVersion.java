package io.pgdoorman.operator.child;

/// One configuration: its text, the hash that poolers report, and the hash of what only a new process can take.
public record ConfigVersion(String text, String hash, String bootHash) {
    @Override
    public String toString() {
        return "ConfigVersion[" + hash + "]";
    }
}
