package io.pgdoorman.operator.local;

import java.io.IOException;
import java.nio.file.Path;

/// Starts pooler processes; a seam for tests.
interface Launcher {

    /// Starts a pooler on the configuration in `folder`; its output goes to `folder/log`, its pid to `folder/pid`.
    Running start(Path folder) throws IOException;

    /// A started process.
    interface Running {

        boolean isAlive();

        /// Of a process that is not alive.
        int exitCode();

        /// SIGTERM.
        void terminate();

        /// SIGKILL.
        void kill();
    }
}
