package io.pgdoorman.pooler.reload;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What an operator writes beside the configuration file: which generation of its resource the file came from.
record Meta(@Nullable Long generation, @Nullable String hash) {
    private static final Logger LOG = LoggerFactory.getLogger(Meta.class);
    private static final int MAX_BYTES = 64 * 1024;

    /// Reads `meta.json` beside the file; where there is none, nothing is known.
    static Meta beside(Path configFile) {
        var file = configFile.toAbsolutePath().resolveSibling("meta.json");
        if (!Files.isRegularFile(file)) {
            return new Meta(null, null);
        }
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new IOException("larger than " + MAX_BYTES + " bytes");
            }
            var tree = new ObjectMapper().readTree(Files.readString(file));
            var generation = tree.path("generation");
            var hash = tree.path("hash");
            return new Meta(
                    generation.isIntegralNumber() ? generation.asLong() : null,
                    hash.isTextual() ? hash.asText() : null);
        } catch (IOException unreadable) {
            LOG.atWarn()
                    .setMessage("meta.json cannot be read")
                    .addKeyValue("reason", unreadable.toString())
                    .log();
            return new Meta(null, null);
        }
    }
}
