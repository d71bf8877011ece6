package io.pgdoorman.config.catalogue;

import com.fasterxml.jackson.databind.JsonNode;
import io.pgdoorman.config.tree.Node;
import io.pgdoorman.config.tree.Problems;
import org.jspecify.annotations.Nullable;

/// How a value is written, read and shown.
public interface ValueType<T> {

    /// The value, or null after every fault in it was noted.
    @Nullable
    T parse(Node node, Problems problems);

    /// The one form that hash and comparison use, in the setting's own unit.
    JsonNode canonical(T value);

    /// What a person may write, as the end of "expected …".
    String expected();

    /// The value as YAML, in the form a person would write; secrets are hidden.
    default String shown(T value) {
        return canonical(value).toString();
    }
}
