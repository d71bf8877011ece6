package io.pgdoorman.pooler.app;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

/// Lines of YAML with their indentation; texts are written as JSON strings, which YAML reads as they are.
final class YamlText {
    private final StringBuilder text = new StringBuilder();
    private final ObjectMapper json = new ObjectMapper();
    private final boolean comments;

    /// @param comments whether comments are written
    YamlText(boolean comments) {
        this.comments = comments;
    }

    YamlText comment(int depth, String line) {
        if (comments) {
            text.append("  ".repeat(depth))
                    .append("# ")
                    .append(line.replaceAll("\\R", " "))
                    .append('\n');
        }
        return this;
    }

    /// A line as it is.
    YamlText line(int depth, String line) {
        text.append("  ".repeat(depth)).append(line).append('\n');
        return this;
    }

    /// A key with a text.
    YamlText text(int depth, String key, String value) {
        return line(depth, key + ": " + quoted(value));
    }

    String quoted(String value) {
        try {
            return json.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a text is always JSON", e);
        }
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
