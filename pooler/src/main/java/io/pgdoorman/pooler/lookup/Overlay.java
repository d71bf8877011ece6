package io.pgdoorman.pooler.lookup;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// PostgreSQL parameters of one user: the column `startup_parameters`, a JSON object of texts.
final class Overlay {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private Overlay() {}

    /// @return empty where the text is something else
    static Optional<Map<String, String>> parse(String json) {
        if (json.isBlank()) {
            return Optional.of(Map.of());
        }
        try {
            var tree = MAPPER.readTree(json);
            var parameters = new TreeMap<String, String>();
            for (var entry : tree.properties()) {
                if (!entry.getValue().isTextual()) {
                    return Optional.empty();
                }
                parameters.put(entry.getKey(), entry.getValue().textValue());
            }
            return tree.isObject() ? Optional.of(Map.copyOf(parameters)) : Optional.empty();
        } catch (JsonProcessingException _) {
            return Optional.empty();
        }
    }
}
