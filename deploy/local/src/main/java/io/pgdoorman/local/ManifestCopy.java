package io.pgdoorman.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// Manifests in a folder of their own, to be edited as a person would edit the originals.
final class ManifestCopy {

    private static final YAMLMapper YAML = new YAMLMapper();

    private final Path folder;

    ManifestCopy(Path original, Path folder) throws IOException {
        this.folder = folder;
        try (var files = Files.newDirectoryStream(original, "*.{yaml,yml}")) {
            for (var file : files) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
    }

    Path folder() {
        return folder;
    }

    /// Edits the spec of each DoormanPool and saves it as an editor does: a new file takes the old one's name.
    void edit(Consumer<ObjectNode> change) throws IOException {
        List<Path> all;
        try (var files = Files.list(folder)) {
            all = files.toList();
        }
        for (var file : all) {
            var documents = new ArrayList<JsonNode>();
            var isPool = false;
            try (var reader = YAML.readerFor(JsonNode.class).<JsonNode>readValues(file.toFile())) {
                while (reader.hasNextValue()) {
                    var document = reader.nextValue();
                    documents.add(document);
                    if (document.path("kind").asText().equals("DoormanPool")
                            && document.get("spec") instanceof ObjectNode spec) {
                        change.accept(spec);
                        isPool = true;
                    }
                }
            }
            if (isPool) {
                save(file, documents);
            }
        }
    }

    void editDatabases(Consumer<ObjectNode> change) throws IOException {
        edit(spec -> spec.withArray("databases").forEach(d -> change.accept((ObjectNode) d)));
    }

    private static void save(Path file, List<JsonNode> documents) throws IOException {
        var text = new StringBuilder();
        for (var document : documents) {
            text.append(YAML.writeValueAsString(document));
        }
        var fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.writeString(fresh, text);
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
