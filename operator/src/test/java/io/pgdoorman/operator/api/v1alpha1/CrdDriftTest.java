package io.pgdoorman.operator.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.kubernetes.client.CustomResource;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The committed CRD is what the records say; `-Dcrds.write=true` rewrites it instead.
///
/// A test and not a Maven plugin, since Maven may run on a JDK that cannot load the records.
@TestMethodOrder(MethodOrderer.MethodName.class)
class CrdDriftTest {

    private static final Path CRDS = Path.of(System.getProperty("root.dir", ".."), "crds");
    private static final Path CHART =
            Path.of(System.getProperty("root.dir", ".."), "charts", "doorman", "files", "crds");
    private static final Path INSTALL = Path.of(System.getProperty("root.dir", ".."), "deploy", "install.yaml");
    private static final ObjectMapper YAML = new YAMLMapper(YAMLMapper.builder()
            .disable(YAMLGenerator.Feature.SPLIT_LINES)
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
            .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .build()
            .getFactory());

    private static final String QUANTITY = "^[0-9]{1,19}([.][0-9]{0,9})?([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{1,2})?$";

    /// A kind of ours.
    ///
    /// @param file in crds/
    record Kind(
            String file, Class<? extends CustomResource<?, ?>> type, Class<?> spec, Class<?> status, String purpose) {}

    static List<Kind> kinds() {
        return List.of(
                new Kind(
                        "doormandatabaseaccesses.pgdoorman.io",
                        DoormanDatabaseAccess.class,
                        DoormanDatabaseAccessSpec.class,
                        DoormanDatabaseAccessStatus.class,
                        "A claim of an application: it wants to use a database of a pool, whose owner must agree."),
                new Kind(
                        "doormanpools.pgdoorman.io",
                        DoormanPool.class,
                        DoormanPoolSpec.class,
                        DoormanPoolStatus.class,
                        "A fleet of poolers in front of PostgreSQL servers."));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void committedCrdIsWhatTheRecordsSay(Kind kind, @TempDir Path folder) throws Exception {
        // given
        var generated = generate(kind, folder);
        var committed = CRDS.resolve(kind.file() + ".yaml");

        var inTheChart = CHART.resolve(kind.file() + ".yaml");

        // when
        if (Boolean.getBoolean("crds.write")) {
            Files.createDirectories(CRDS);
            Files.writeString(committed, generated);
            Files.writeString(inTheChart, generated);
        }

        // then
        assertThat(List.of(committed, inTheChart))
                .as("crds/ and its copy in the chart: run the test with -Dcrds.write=true")
                .allSatisfy(file -> assertThat(file).hasContent(generated));
    }

    @Test
    void installFileHasTheCrdAndTheOperator() throws Exception {
        // given
        var operator = Files.readString(INSTALL.resolveSibling("operator.yaml"));
        var expected = new StringBuilder("# Generated from crds/ and operator.yaml (CrdDriftTest).\n");
        for (var kind : kinds()) {
            expected.append(Files.readString(CRDS.resolve(kind.file() + ".yaml")))
                    .append("---\n");
        }
        expected.append(operator);

        // when
        if (Boolean.getBoolean("crds.write")) {
            Files.writeString(INSTALL, expected.toString());
        }

        // then
        assertThat(Files.readString(INSTALL))
                .as("deploy/install.yaml is behind: run the test with -Dcrds.write=true")
                .isEqualTo(expected.toString());
    }

    private static String generate(Kind kind, Path folder) throws IOException {
        new CRDGenerator()
                .customResourceClasses(kind.type())
                .forCRDVersions("v1")
                .inOutputDir(folder.toFile())
                .generate();
        var crd = (ObjectNode)
                YAML.readTree(folder.resolve(kind.file() + "-v1.yml").toFile());
        var version = (ObjectNode) crd.at("/spec/versions/0");
        var schema = (ObjectNode) version.at("/schema/openAPIV3Schema/properties");
        complete((ObjectNode) schema.get("spec"), kind.spec());
        complete((ObjectNode) schema.get("status"), kind.status());
        // So that nobody takes a resource for done that the operator has not looked at yet.
        ((ObjectNode) schema.get("status")).putObject("default").put("observedGeneration", -1);
        ((ObjectNode) version.at("/schema/openAPIV3Schema"))
                .put("description", kind.purpose())
                .putArray("required")
                .add("spec");
        orderColumns(kind, version);
        tidy(crd);
        return "# Generated from io.pgdoorman.operator.api.v1alpha1 (CrdDriftTest).\n" + YAML.writeValueAsString(crd);
    }

    /// Adds what fabric8 has no annotation for: kinds of lists.
    private static void complete(ObjectNode schema, Class<?> type) {
        for (var component : type.getRecordComponents()) {
            var property = (ObjectNode) schema.at("/properties/" + component.getName());
            markList(property, component);
            var byDefault = field(type, component).getAnnotation(Default.class);
            if (byDefault != null && byDefault.value().equals("{}")) {
                property.putObject("default"); // fabric8 fills it with the zeros of an empty record
            }
            var form = field(type, component).getAnnotation(Pattern.class);
            if (form != null && property.path("x-kubernetes-int-or-string").asBoolean()) {
                property.put("pattern", form.value()); // fabric8 passes over it
            }
            if (component.getType() == JsonNode.class) {
                property.put("type", "object"); // and no list, as the annotation alone would have it
            }
            var nested = recordIn(component);
            if (nested != null) {
                complete(property.has("items") ? (ObjectNode) property.get("items") : property, nested);
            }
        }
    }

    /// Annotations that may not stand on components end up on their fields.
    private static Field field(Class<?> type, RecordComponent component) {
        try {
            return type.getDeclaredField(component.getName());
        } catch (NoSuchFieldException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void markList(ObjectNode property, RecordComponent component) {
        if (!property.path("type").asText().equals("array")) {
            return;
        }
        var listMap = component.getAnnotation(ListMap.class);
        if (listMap != null) {
            property.put("x-kubernetes-list-type", "map");
            property.putArray("x-kubernetes-list-map-keys").add(listMap.value());
            require((ObjectNode) property.get("items"), listMap.value());
        } else if (property.at("/items/type").asText().equals("string")
                && !component.isAnnotationPresent(InOrder.class)) {
            property.put("x-kubernetes-list-type", "set");
        } else {
            property.put("x-kubernetes-list-type", "atomic");
        }
    }

    /// As written on the class; fabric8 sorts them by path.
    private static void orderColumns(Kind kind, ObjectNode version) {
        var columns = (ArrayNode) version.get("additionalPrinterColumns");
        var ordered = version.arrayNode();
        for (var annotation : kind.type().getAnnotationsByType(AdditionalPrinterColumn.class)) {
            for (var column : columns) {
                if (column.path("name").asText().equals(annotation.name())) {
                    ordered.add(column);
                }
            }
        }
        assertThat(ordered).hasSameSizeAs(columns);
        version.set("additionalPrinterColumns", ordered);
    }

    /// Whole numbers without a fraction, each rule once, quantities that Kubernetes can read.
    private static void tidy(JsonNode node) {
        if (node instanceof ObjectNode object) {
            for (var bound : List.of("minimum", "maximum")) {
                if (object.path(bound).isNumber()) {
                    object.put(bound, object.get(bound).asLong());
                }
            }
            if (object.get("x-kubernetes-validations") instanceof ArrayNode rules) {
                var unique = new LinkedHashSet<JsonNode>();
                rules.forEach(unique::add);
                object.putArray("x-kubernetes-validations").addAll(unique);
            }
            if (object.path("x-kubernetes-int-or-string").asBoolean() && !object.has("pattern")) {
                object.put("pattern", QUANTITY);
            }
        }
        node.forEach(CrdDriftTest::tidy);
    }

    private static void require(ObjectNode items, String key) {
        var required = items.get("required") instanceof ArrayNode array ? array : items.putArray("required");
        for (var name : required) {
            if (name.asText().equals(key)) {
                return;
            }
        }
        required.add(key);
    }

    private static @Nullable Class<?> recordIn(RecordComponent component) {
        if (component.getType().isRecord()) {
            return component.getType();
        }
        if (component.getType() == List.class
                && component.getGenericType() instanceof ParameterizedType list
                && list.getActualTypeArguments()[0] instanceof Class<?> item
                && item.isRecord()) {
            return item;
        }
        return null;
    }
}
