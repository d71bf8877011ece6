package io.pgdoorman.operator.local;

import io.pgdoorman.config.read.ConfigReader;
import io.pgdoorman.config.read.Format;
import io.pgdoorman.config.read.ReadResult;
import io.pgdoorman.operator.child.ConfigVersion;
import io.pgdoorman.operator.child.StoredConfig;
import io.pgdoorman.operator.render.Place;
import io.pgdoorman.operator.render.Renderer;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// What is mounted into a pool's pods: configuration and secrets.
///
/// Pods of a cluster run the same file, for each has its address to itself. Processes of one machine differ in it, so
/// the file is rendered once for no place in particular and each process gets it with its own address and folder.
record Volume(StoredConfig stored, SortedMap<String, String> secrets, String adminPassword) {

    private static final String ANY_ADDRESS = "127.255.255.254";
    private static final String ANY_FOLDER = "/folder-of-the-process";
    private static final String SECRETS = "secrets";

    Volume {
        secrets = new TreeMap<>(secrets);
    }

    /// Where the pool's configuration is rendered for.
    static Place anyPlace(int controlPort) {
        return new Place(ANY_ADDRESS, ANY_ADDRESS, controlPort, ANY_FOLDER, null, null);
    }

    @Override
    public String toString() {
        return "Volume[" + stored.current() + "]";
    }

    /// Files of one process by their path in its folder.
    ///
    /// @param hashes from the hash that the process computes to the pool's
    record Files(SortedMap<String, String> content, Map<String, String> hashes, String ownHash) {

        @Override
        public String toString() {
            return "Files[" + ownHash + "]";
        }
    }

    Files at(String address, Path folder) {
        var content = new TreeMap<String, String>();
        var hashes = new TreeMap<String, String>();
        secrets.forEach((file, value) -> content.put(SECRETS + "/" + file, value));
        content.put(SECRETS + "/" + Renderer.ADMIN_PASSWORD_FILE, adminPassword);
        var lastGood = stored.lastGood();
        if (lastGood != null) {
            var text = place(lastGood, address, folder);
            content.put("last-good.yaml", text);
            hashes.put(hash(text), lastGood.hash());
        }
        var text = place(stored.current(), address, folder);
        var own = hash(text);
        content.put(Renderer.CONFIG_FILE, text);
        content.put("meta.json", "{\"generation\": %d, \"hash\": \"%s\"}\n".formatted(stored.generation(), own));
        hashes.put(own, stored.current().hash());
        return new Files(content, hashes, own);
    }

    private static String place(ConfigVersion version, String address, Path folder) {
        return version.text()
                .replace(ANY_ADDRESS, address)
                .replace(ANY_FOLDER, folder.resolve(SECRETS).toString());
    }

    private static String hash(String text) {
        return switch (ConfigReader.parse(text, Format.YAML, Renderer.CONFIG_FILE)) {
            case ReadResult.Valid valid -> valid.hash();
            case ReadResult.Invalid(var faults) ->
                throw new IllegalStateException("valid for no place, invalid for one: " + faults);
        };
    }
}
