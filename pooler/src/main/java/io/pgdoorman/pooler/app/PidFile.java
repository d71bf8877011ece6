package io.pgdoorman.pooler.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The file that names this process while it is the one that serves.
final class PidFile implements Upgrade.Listener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PidFile.class);

    private final @Nullable Path file;
    private final String content = ProcessHandle.current().pid() + "\n";

    /// @param file null for none
    PidFile(@Nullable Path file) {
        this.file = file;
    }

    void write() throws IOException {
        if (file != null) {
            Files.writeString(file, content);
        }
    }

    @Override
    public void handedOver(long pid) {
        // the other process writes its own number
    }

    @Override
    public void tookBack() {
        try {
            write();
        } catch (IOException unwritable) {
            told(unwritable);
        }
    }

    /// Removes it, unless another process has put its number there.
    @Override
    public void close() {
        try {
            if (file != null && Files.exists(file) && Files.readString(file).equals(content)) {
                Files.delete(file);
            }
        } catch (IOException stays) {
            told(stays);
        }
    }

    private static void told(IOException reason) {
        LOG.atWarn()
                .setMessage("the PID file is not as it should be")
                .addKeyValue("reason", reason.toString())
                .log();
    }
}
