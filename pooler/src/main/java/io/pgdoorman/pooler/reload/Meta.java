package io.pgdoorman.pooler.reload;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What an operator writes beside the configuration file: which generation of its resource the file came from. Poolers
/// that do not know a field of it pass it over, as the configuration's hash does not cover it.
///
/// @param unattended how long a process that has no share of its fleet's server connections yet waits for somebody who
///     sees all of the fleet; null where it has one from the beginning
/// @param unattendedConnections how many it takes when nobody came, if that is less than the configuration says
record Meta(
        @Nullable Long generation,
        @Nullable String hash,
        @Nullable Duration unattended,
        @Nullable Integer unattendedConnections) {
    private static final Logger LOG = LoggerFactory.getLogger(Meta.class);
    private static final JsonFactory JSON = new JsonFactory();
    private static final int MAX_BYTES = 64 * 1024;
    private static final Meta NOTHING = new Meta(null, null, null, null);

    /// Reads `meta.json` beside the file; where there is none, nothing is known.
    static Meta beside(Path configFile) {
        var file = configFile.toAbsolutePath().resolveSibling("meta.json");
        if (!Files.isRegularFile(file)) {
            return NOTHING;
        }
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new IOException("larger than " + MAX_BYTES + " bytes");
            }
            return read(Files.readString(file));
        } catch (IOException unreadable) {
            LOG.atWarn()
                    .setMessage("meta.json cannot be read")
                    .addKeyValue("reason", unreadable.toString())
                    .log();
            return NOTHING;
        }
    }

    private static Meta read(String text) throws IOException {
        Long generation = null;
        String hash = null;
        Duration unattended = null;
        Integer unattendedConnections = null;
        try (var json = JSON.createParser(text)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                return NOTHING;
            }
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                var name = json.currentName();
                var value = json.nextToken();
                if (value == JsonToken.VALUE_NUMBER_INT && name.equals("generation")) {
                    generation = json.getLongValue();
                } else if (value == JsonToken.VALUE_STRING && name.equals("hash")) {
                    hash = json.getText();
                } else if (value == JsonToken.VALUE_NUMBER_INT && name.equals("unattendedSeconds")) {
                    unattended = Duration.ofSeconds(json.getLongValue());
                } else if (value == JsonToken.VALUE_NUMBER_INT && name.equals("unattendedConnections")) {
                    unattendedConnections = json.getIntValue();
                } else {
                    json.skipChildren();
                }
            }
        }
        return new Meta(generation, hash, unattended, unattendedConnections);
    }
}
