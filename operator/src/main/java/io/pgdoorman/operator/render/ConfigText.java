package io.pgdoorman.operator.render;

/// The text of a configuration and the hash that a pooler reports when it runs it.
public record ConfigText(String text, String hash) {
    @Override
    public String toString() {
        return "ConfigText[" + hash + "]";
    }
}
