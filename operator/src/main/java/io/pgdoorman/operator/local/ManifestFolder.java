package io.pgdoorman.operator.local;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.pgdoorman.operator.api.v1alpha1.SecretRef;
import io.pgdoorman.operator.local.Manifests.Manifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Reads the objects of a folder's YAML files; a file that cannot be read keeps what it said before.
///
/// Owned by the loop's thread.
final class ManifestFolder {

    static final String API_VERSION = "pgdoorman.io/v1alpha1";
    private static final ObjectReader YAML = new YAMLMapper(YAMLFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .readerFor(JsonNode.class);

    private final Path folder;
    private final Map<String, List<Manifest>> lastGood = new HashMap<>();

    ManifestFolder(Path folder) {
        this.folder = folder;
    }

    /// Throws when the folder itself cannot be read.
    Manifests read() throws IOException {
        var faults = new TreeMap<String, String>();
        var seen = new TreeMap<String, List<Manifest>>();
        for (var file : files(folder)) {
            var name = file.getFileName().toString();
            try {
                var objects = parse(name, Files.readString(file));
                lastGood.put(name, objects);
                seen.put(name, objects);
            } catch (JsonProcessingException e) {
                faults.put(name, syntax(e));
                seen.put(name, lastGood.getOrDefault(name, List.of()));
            } catch (IllegalArgumentException | IOException e) {
                faults.put(name, String.valueOf(e.getMessage()));
                seen.put(name, lastGood.getOrDefault(name, List.of()));
            }
        }
        lastGood.keySet().retainAll(seen.keySet());
        return assemble(seen, faults);
    }

    static List<Path> files(Path folder) throws IOException {
        try (var entries = Files.newDirectoryStream(folder, "*.{yaml,yml}")) {
            var files = new ArrayList<Path>();
            for (var entry : entries) {
                if (!entry.getFileName().toString().startsWith(".")) {
                    files.add(entry);
                }
            }
            files.sort(null);
            return files;
        }
    }

    private static Manifests assemble(Map<String, List<Manifest>> byFile, Map<String, String> faults) {
        var pools = new TreeMap<String, Manifest>();
        var secrets = new TreeMap<String, Manifest>();
        for (var objects : byFile.values()) {
            for (var object : objects) {
                var earlier = (object.kind().equals("DoormanPool") ? pools : secrets).putIfAbsent(key(object), object);
                if (earlier != null) {
                    faults.merge(
                            object.file(),
                            "%s %s stands already in %s".formatted(object.kind(), object.name(), earlier.file()),
                            (a, b) -> a + "; " + b);
                }
            }
        }
        return new Manifests(pools, secrets, new TreeMap<>(faults));
    }

    /// As a spec's references call it.
    private static String key(Manifest object) {
        return object.kind().equals("ConfigMap") ? SecretRef.CONFIG_MAP + object.name() : object.name();
    }

    private static List<Manifest> parse(String file, String text) throws IOException {
        var objects = new ArrayList<Manifest>();
        try (MappingIterator<JsonNode> documents = YAML.readValues(text)) {
            while (documents.hasNextValue()) {
                var document = documents.nextValue();
                if (document != null && !document.isNull() && !document.isMissingNode()) {
                    objects.add(manifest(file, document));
                }
            }
        }
        return List.copyOf(objects);
    }

    private static Manifest manifest(String file, JsonNode document) {
        var apiVersion = document.path("apiVersion").asText();
        var kind = document.path("kind").asText();
        var known = (kind.equals("DoormanPool") && apiVersion.equals(API_VERSION))
                || ((kind.equals("Secret") || kind.equals("ConfigMap")) && apiVersion.equals("v1"));
        if (kind.equals("DoormanDatabaseAccess")) {
            throw new IllegalArgumentException(
                    "kind: a DoormanDatabaseAccess is for a cluster: here is no namespace that could claim, list"
                            + " auth.users");
        }
        if (!known) {
            throw new IllegalArgumentException(
                    "kind: \"%s\" of apiVersion \"%s\" is not known here, expected DoormanPool of %s, Secret or ConfigMap of v1"
                            .formatted(kind, apiVersion, API_VERSION));
        }
        var name = document.path("metadata").path("name").asText();
        if (!name.matches("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")) {
            throw new IllegalArgumentException(
                    "metadata.name: \"%s\", expected lower-case letters, digits and '-'".formatted(name));
        }
        return new Manifest(file, kind, name, document);
    }

    private static String syntax(JsonProcessingException e) {
        var place = e.getLocation() == null ? "" : "line " + e.getLocation().getLineNr() + ": ";
        return place + "not YAML: " + e.getOriginalMessage().strip().replaceAll("\\s*\\R\\s*", " ");
    }
}
