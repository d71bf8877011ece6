package io.pgdoorman.pooler.script;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/// The clock of the wall of a [PoolerProcess], which a test sets while that runs.
public final class WallClock {
    private static final String SOURCE = "/wall-clock.c";

    private final Path library;
    private final Path ahead;

    /// @param folder for the library, which the C compiler makes, and the time
    public WallClock(Path folder) {
        library = folder.resolve("wall-clock.so");
        ahead = folder.resolve("wall-clock.ahead");
        assumeTrue(compiles(folder), "there is no C compiler (.ci/run installs one)");
        setAhead(Duration.ZERO);
    }

    private boolean compiles(Path folder) {
        try (InputStream source = WallClock.class.getResourceAsStream(SOURCE)) {
            var file = folder.resolve("wall-clock.c");
            Files.copy(source, file);
            var words = new String[] {"cc", "-shared", "-fPIC", "-O2", "-o", library.toString(), file.toString()};
            var compiler = new ProcessBuilder(words).inheritIO().start();
            if (compiler.waitFor() != 0) {
                throw new AssertionError("cc ended with " + compiler.exitValue());
            }
            return true;
        } catch (IOException _) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /// The process is to have this clock.
    public PoolerProcess.Wish of(PoolerProcess.Wish process) {
        return process.environment("LD_PRELOAD", library.toString()).environment("WALL_CLOCK_AHEAD", ahead.toString());
    }

    /// From now on it is so far ahead of the system's.
    public void setAhead(Duration time) {
        var bytes = ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.nativeOrder())
                .putLong(time.toSeconds())
                .flip();
        try (var file = FileChannel.open(ahead, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            file.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
