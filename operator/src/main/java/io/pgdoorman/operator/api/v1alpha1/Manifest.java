package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Reads DoormanPool manifests as the API server would: defaults filled in, wrong ones refused with all reasons.
public final class Manifest {

    private static final String API_VERSION = DoormanPool.GROUP + "/" + DoormanPool.VERSION;
    private static final YAMLMapper YAML = YAMLMapper.builder(YAMLFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .build();
    private static final KubernetesSerialization KUBERNETES = new KubernetesSerialization();

    private Manifest() {}

    /// What came of one document.
    public sealed interface Read {
        /// A pool that an API server would accept.
        record Valid(DoormanPool pool) implements Read {}

        /// A document that it would refuse; the name is empty when it could not be read.
        record Invalid(String name, List<Problem> problems) implements Read {}
    }

    /// Reads each YAML document of a text that is a DoormanPool; other kinds are passed over.
    public static List<Read> readAll(String text) {
        var reads = new ArrayList<Read>();
        try (var documents = YAML.readerFor(JsonNode.class).<JsonNode>readValues(text)) {
            while (documents.hasNextValue()) {
                var document = documents.nextValue();
                if (document instanceof ObjectNode object) {
                    if (isPool(object)) {
                        reads.add(read(object));
                    }
                } else if (!isEmpty(document)) {
                    reads.add(new Read.Invalid("", List.of(new Problem("", "expected a manifest, not " + document))));
                }
            }
        } catch (JsonProcessingException e) {
            var at = e.getLocation();
            var where = at == null ? "" : "line " + at.getLineNr();
            reads.add(new Read.Invalid("", List.of(new Problem(where, "is no YAML: " + e.getOriginalMessage()))));
        } catch (IOException e) {
            throw new IllegalStateException("a text cannot fail to be read", e);
        }
        return List.copyOf(reads);
    }

    private static boolean isEmpty(@Nullable JsonNode document) {
        return document == null
                || document.isMissingNode()
                || document.isNull()
                || (document.isTextual() && document.asText().isBlank());
    }

    private static boolean isPool(ObjectNode document) {
        return document.path("kind").asText().equals("DoormanPool");
    }

    private static Read read(ObjectNode document) {
        var name = document.at("/metadata/name").asText();
        var problems = new ArrayList<Problem>();
        if (!document.path("apiVersion").asText().equals(API_VERSION)) {
            problems.add(new Problem("apiVersion", document.path("apiVersion") + " is not " + API_VERSION));
        }
        if (!name.matches("[a-z]([-a-z0-9]{0,50}[a-z0-9])?")) {
            problems.add(new Problem(
                    "metadata.name",
                    "\"" + name + "\" is not valid, expected a DNS label of at most 52 characters that begins"
                            + " with a letter"));
        }
        if (!(document.get("spec") instanceof ObjectNode spec)) {
            problems.add(new Problem("spec", "is required"));
            return new Read.Invalid(name, List.copyOf(problems));
        }
        problems.addAll(Schema.spec().complete(spec));
        if (!problems.isEmpty()) {
            return new Read.Invalid(name, List.copyOf(problems));
        }
        var pool = Objects.requireNonNull(KUBERNETES.convertValue(document, DoormanPool.class));
        var broken = SpecRules.check(pool.getSpec());
        return broken.isEmpty() ? new Read.Valid(pool) : new Read.Invalid(name, broken);
    }
}
