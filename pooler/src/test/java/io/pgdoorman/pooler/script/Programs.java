package io.pgdoorman.pooler.script;

import java.util.concurrent.TimeUnit;

/// Programs of the machine that tests start.
public final class Programs {
    private Programs() {}

    /// Asks it to end, and makes it where it does not.
    public static void end(Process process) {
        process.destroy();
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
