package io.pgdoorman.e2e;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;

/// kubectl in one namespace (or in none) of the cluster under test.
record Kubectl(String program, Path kubeconfig, String namespace) {

    private static final ObjectMapper JSON = new ObjectMapper();

    Kubectl in(String other) {
        return new Kubectl(program, kubeconfig, other);
    }

    Command command(String... words) {
        var all = new ArrayList<>(List.of(program));
        if (!namespace.isEmpty()) {
            all.add("--namespace=" + namespace);
        }
        all.addAll(List.of(words));
        return Command.of(all).with(Map.of("KUBECONFIG", kubeconfig.toString()));
    }

    String succeed(String... words) {
        return command(words).succeed();
    }

    /// Applies a manifest given as text.
    void apply(String manifest) {
        command("apply", "-f", "-").reading(manifest).succeed();
    }

    /// An object as JSON; empty if there is none.
    Optional<JsonNode> get(String kind, String name) {
        var output =
                command("get", kind, name, "--ignore-not-found", "-o", "json").run();
        if (!output.succeeded()) {
            throw new AssertionError("cannot get " + kind + "/" + name + ": " + output.all());
        }
        return output.out().isBlank() ? Optional.empty() : Optional.of(parse(output.out()));
    }

    /// The items of a list, for instance of `pods` with a label selector.
    List<JsonNode> list(String kinds, String selector) {
        var text = selector.isEmpty()
                ? succeed("get", kinds, "-o", "json")
                : succeed("get", kinds, "-l", selector, "-o", "json");
        return StreamSupport.stream(parse(text).path("items").spliterator(), false)
                .toList();
    }

    /// A value of a Secret.
    static String text(JsonNode secret, String key) {
        return new String(
                Base64.getDecoder().decode(secret.path("data").path(key).asText()), StandardCharsets.UTF_8);
    }

    private static JsonNode parse(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError("not JSON: " + text, e);
        }
    }
}
