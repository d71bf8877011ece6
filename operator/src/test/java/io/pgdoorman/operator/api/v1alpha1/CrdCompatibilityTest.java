package io.pgdoorman.operator.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// An object that a released operator took is taken by this one. A release leaves its `crds/` in
/// `src/test/resources/released/VERSION/`; as long as there is none, only the comparison itself is tested here.
class CrdCompatibilityTest {

    private static final Path CRDS = Path.of(System.getProperty("root.dir", ".."), "crds");
    private static final Path RELEASED = Path.of("src/test/resources/released");
    private static final ObjectMapper YAML = new YAMLMapper();

    private static final String CRD = """
        spec:
          group: example.org
          scope: Namespaced
          names: {kind: Thing, plural: things}
          versions:
          - name: v1
            served: true
            subresources: {status: {}}
            schema:
              openAPIV3Schema:
                type: object
                properties:
                  size: {type: integer, maximum: 10, minimum: 1}
                  mode: {type: string, enum: [a, b], default: a}
                  word: {type: string}
                  list: {type: array, items: {type: object, properties: {name: {type: string}}}}
                required: [mode]
        """;

    private static JsonNode read(String text) throws JsonProcessingException {
        return YAML.readTree(text);
    }

    @Test
    void whatEachReleaseTookIsTaken() throws IOException {
        try (var files = Files.walk(RELEASED)) {
            for (var old :
                    files.filter(file -> file.toString().endsWith(".yaml")).toList()) {
                // when
                var breaks = CrdCompatibility.breaks(
                        YAML.readTree(old.toFile()),
                        YAML.readTree(CRDS.resolve(old.getFileName()).toFile()));

                // then
                assertThat(breaks).as(RELEASED.relativize(old).toString()).isEmpty();
            }
        }
    }

    @Test
    void theCommittedOnesBreakNobodyWhoHasThem() throws IOException {
        try (var files = Files.list(CRDS)) {
            for (var file : files.toList()) {
                var crd = YAML.readTree(file.toFile());
                assertThat(CrdCompatibility.breaks(crd, crd)).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        maximum: 10              | maximum: 5              | .size maximum: 5 instead of 10
        minimum: 1               | minimum: 2              | .size minimum: 2 instead of 1
        word: {type: string}     | word: {type: integer}   | .word type: "integer" instead of "string"
        word: {type: string}     | other: {type: string}   | .word is gone
        word: {type: string}     | word: {type: string, maxLength: 3} | .word maxLength: 3 instead of nothing
        word: {type: string}     | word: {type: string, enum: [x]} | .word has an enum now
        word: {type: string}     | word: {type: string, pattern: x} | .word pattern: "x" instead of nothing
        'enum: [a, b]'           | enum: [a]               | .mode refuses b
        default: a               | default: b              | .mode default: "b" instead of "a"
        required: [mode]         | 'required: [mode, size]' | demands size
        name: {type: string}     | title: {type: string}   | .list[].name is gone
        served: true             | served: false           | version v1 is not served any more
        subresources: {status: {}} | subresources: {}      | subresource status: nothing instead of {}
        scope: Namespaced        | scope: Cluster          | /spec/scope: "Cluster" instead of "Namespaced"
        required: [mode]         | 'x-kubernetes-validations: [{rule: has(self.size)}]' | has a new rule: has(self.size)
        """)
    void aStricterOneIsFound(String part, String other, String finding) throws JsonProcessingException {
        assertThat(CRD).contains(part);
        assertThat(CrdCompatibility.breaks(read(CRD), read(CRD.replace(part, other))))
                .map(String::strip)
                .containsExactly(finding);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        maximum: 10              | maximum: 20
        minimum: 1               | minimum: 0
        'enum: [a, b]'           | 'enum: [a, b, c]'
        'enum: [a, b], '         | ''
        required: [mode]         | required: []
        """)
    void aWiderOneBreaksNobody(String part, String other) throws JsonProcessingException {
        assertThat(CRD).contains(part);
        assertThat(CrdCompatibility.breaks(read(CRD), read(CRD.replace(part, other))))
                .isEmpty();
    }

    @Test
    void aNewFieldBreaksNobody() throws JsonProcessingException {
        var wider = CRD.replace("list: {", "other: {type: string}\n          list: {");
        assertThat(CrdCompatibility.breaks(read(CRD), read(wider))).isEmpty();
    }
}
