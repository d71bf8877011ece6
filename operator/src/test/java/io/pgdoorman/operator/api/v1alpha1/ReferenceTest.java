package io.pgdoorman.operator.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// operator/REFERENCE.md is what the records and the CRDs made of them say; `-Ddocs.write=true` rewrites it.
class ReferenceTest {

    private static final Path ROOT = Path.of(System.getProperty("root.dir", ".."));
    private static final Path FILE = ROOT.resolve("operator/REFERENCE.md");

    private static final String HEAD = """
        # Resources of the operator

        Generated from the records of `io.pgdoorman.operator.api.v1alpha1` (ReferenceTest). `kubectl explain` tells the same.

        What a change of a field does to running pods: *none*, *scale* (pods are added or drained), *hot* (loaded without a
        restart, acknowledged by each pod), *resize* (pods have it in place, where the cluster can do that; else they are
        replaced), *roll* (pods are replaced). `operator diff -f FILE --from=FILE` tells it for two manifests.

        Of `resources`, and of the container `pooler` in `podTemplate`, values decide:

        | what changes | what it does | why |
        | --- | --- | --- |
        | requests of CPU and memory | *resize* | only the scheduler and the kernel look at them |
        | the limit of memory, also where there was none | *resize* | heap and direct memory have bounds of their own |
        | the same with `jvm.heapPercent` | *roll* | the largest heap is set when the process starts |
        | the limit of CPU, rounded up to as many cores as before | *resize* | as many event loops as before |
        | the same to another number of cores; a limit that appears | *roll* | event loops are made when the process starts |
        | a request or limit that is taken away; another class of service (QoS) | *roll* | Kubernetes does not let a running pod |
        | other resources, claims; resources of other containers | *roll* | they cannot be changed, or are not ours to judge |
        | any, with `resourceFieldRef` in a variable, or `resizePolicy: RestartContainer` | *roll* | a container reads, or begins, once |

        A resize needs `pods/resize` (Kubernetes 1.33). One pod tries it, the others follow, then the template gets it
        without a new ReplicaSet, so that pods that come later have it too. Where the API server has no such thing or
        refuses it, a node can never do it, or it takes longer than `rollout.progressDeadline` (a node that is full for now),
        pods are replaced; the Event `ResizeRefused` and the status tell why. With `rollout.paused` it waits, as only a try
        would tell whether pods have to be replaced for it.
        """;

    @Test
    void committedReferenceIsWhatTheRecordsSay() throws IOException {
        // given
        var text = new StringBuilder(HEAD);
        text.append("\n## DoormanPool\n\n### spec\n\n| field | value | default | change | what it is |\n")
                .append("| --- | --- | --- | --- | --- |\n");
        var pool = schema("doormanpools");
        rows(DoormanPoolSpec.class, pool.path("spec"), new Where("", ChangeClass.DESIRED), text);
        rules(pool.path("spec"), text);
        text.append("\n### status\n\n| field | value | what it is |\n| --- | --- | --- |\n");
        rows(DoormanPoolStatus.class, pool.path("status"), new Where("", null), text);
        annotations(text);
        text.append("\n## DoormanDatabaseAccess\n\n### spec\n\n| field | value | default | what it is |\n")
                .append("| --- | --- | --- | --- |\n");
        var claim = schema("doormandatabaseaccesses");
        claims(DoormanDatabaseAccessSpec.class, claim.path("spec"), text);

        // when
        if (Boolean.getBoolean("docs.write")) {
            Files.writeString(FILE, text);
        }

        // then
        assertThat(FILE).as("run the test with -Ddocs.write=true").hasContent(text.toString());
    }

    private static JsonNode schema(String kind) throws IOException {
        return new YAMLMapper()
                .readTree(ROOT.resolve("crds/" + kind + ".pgdoorman.io.yaml").toFile())
                .at("/spec/versions/0/schema/openAPIV3Schema/properties");
    }

    /// @param effect null in a status, whose fields nobody changes
    private record Where(String prefix, @Nullable ChangeClass effect) {}

    private static void rows(Class<?> type, JsonNode schema, Where where, StringBuilder text) {
        for (var component : type.getRecordComponents()) {
            var own = component.getAnnotation(Change.class);
            var effect = own == null || where.effect() == null ? where.effect() : own.value();
            var property = schema.path("properties").path(component.getName());
            var path = where.prefix() + component.getName() + (isList(property) ? "[]" : "");
            text.append("| `").append(path).append("` | ").append(value(property, schema, component.getName()));
            if (effect != null) {
                text.append(" | ").append(byDefault(property)).append(" | ").append(effect.word());
            }
            text.append(" | ").append(words(property)).append(" |\n");
            var inner = recordIn(component);
            if (inner != null) {
                var of = isList(property) ? property.path("items") : property;
                rows(inner, of, new Where(path + ".", effect), text);
            }
        }
    }

    private static void claims(Class<?> type, JsonNode schema, StringBuilder text) {
        for (var component : type.getRecordComponents()) {
            var property = schema.path("properties").path(component.getName());
            text.append("| `").append(component.getName()).append("` | ");
            text.append(value(property, schema, component.getName())).append(" | ");
            text.append(byDefault(property))
                    .append(" | ")
                    .append(words(property))
                    .append(" |\n");
        }
    }

    private static boolean isList(JsonNode property) {
        return property.path("type").asText().equals("array");
    }

    private static String words(JsonNode property) {
        return property.path("description").asText().replace("|", "\\|");
    }

    private static String byDefault(JsonNode property) {
        var value = property.path("default");
        return value.isMissingNode() || value.isObject() ? "" : "`" + value.asText() + "`";
    }

    private static String value(JsonNode property, JsonNode parent, String name) {
        var said = new ArrayList<String>();
        if (StreamSupport.stream(parent.path("required").spliterator(), false)
                .anyMatch(required -> required.asText().equals(name))) {
            said.add("*required*");
        }
        var one = isList(property) ? property.path("items") : property;
        if (one.has("enum")) {
            said.add(StreamSupport.stream(one.get("enum").spliterator(), false)
                    .map(word -> "`" + word.asText() + "`")
                    .collect(Collectors.joining(", ")));
        } else {
            said.add(one.path("type").asText("any"));
        }
        if (one.has("minimum") || one.has("maximum")) {
            said.add(one.path("minimum").asText() + " to " + one.path("maximum").asText());
        }
        if (isList(property) && property.has("maxItems")) {
            said.add("at most " + property.get("maxItems").asText());
        }
        return String.join("; ", said);
    }

    /// What the API server checks beyond single values.
    private static void rules(JsonNode spec, StringBuilder text) {
        var messages = new ArrayList<String>();
        collect(spec, messages);
        text.append("\nThe API server refuses what breaks one of these rules:\n\n");
        messages.stream()
                .distinct()
                .sorted()
                .forEach(message -> text.append("- ").append(message).append('\n'));
    }

    private static void collect(JsonNode node, List<String> messages) {
        node.path("x-kubernetes-validations")
                .forEach(rule -> messages.add(rule.path("message").asText()));
        node.forEach(inner -> collect(inner, messages));
    }

    private static void annotations(StringBuilder text) {
        text.append("\n### annotations\n\n| annotation | what it does |\n| --- | --- |\n");
        text.append("| `")
                .append(DoormanPool.PAUSED)
                .append("` | `true`: the operator looks and tells but changes nothing. |\n");
        text.append("| `").append(DoormanPool.APPROVE_HASH);
        text.append(
                "` | lets the change with this hash (status.pending.hash) reach pods, with reload.policy Manual. |\n");
        text.append("| `").append(DoormanPool.ACCEPT_UPGRADE);
        text.append("` | lets the operator's template with this hash (status.upgrade.hash) replace pods. |\n");
    }

    private static @Nullable Class<?> recordIn(RecordComponent component) {
        var type = component.getType();
        if (type == List.class
                && component.getGenericType() instanceof ParameterizedType list
                && list.getActualTypeArguments()[0] instanceof Class<?> item) {
            type = item;
        }
        return type.isRecord() ? type : null;
    }
}
