package io.pgdoorman.operator.local;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// What a folder of manifests says at one moment, by object name, and what of it could not be read.
///
/// @param secrets and ConfigMaps, as references call them
/// @param faults by file: a file that cannot be read keeps the objects it had before
record Manifests(
        SortedMap<String, Manifest> pools, SortedMap<String, Manifest> secrets, SortedMap<String, String> faults) {

    static final Manifests NONE = new Manifests(new TreeMap<>(), new TreeMap<>(), new TreeMap<>());

    /// One object and the file it stands in.
    record Manifest(String file, String kind, String name, JsonNode content) {}

    Manifests(Map<String, Manifest> pools, Map<String, Manifest> secrets, Map<String, String> faults) {
        this(new TreeMap<>(pools), new TreeMap<>(secrets), new TreeMap<>(faults));
    }
}
