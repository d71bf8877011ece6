package io.pgdoorman.pooler.script;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// PostgreSQL's own client, as installed on this machine (Debian: postgresql-client): the real libpq.
public final class Psql {
    private final String connection;
    private final String password;

    private final Map<String, String> environment;

    private Psql(String connection, String password, Map<String, String> environment) {
        this.connection = connection;
        this.password = password;
        this.environment = environment;
    }

    /// The same with that in its environment.
    public Psql in(Map<String, String> other) {
        return new Psql(connection, password, other);
    }

    /// What it said.
    public record Said(int code, String output, String errors) {}

    /// One that logs in so.
    ///
    /// @param more of the connection string
    public static Psql of(Door door, String user, String password, String more) {
        return new Psql(
                "host=%s port=%d dbname=%s user=%s connect_timeout=30 %s"
                        .formatted(door.host(), door.port(), Door.DATABASE, user, more),
                password,
                Map.of());
    }

    /// Runs one statement.
    public Said run(String sql) {
        try {
            var builder = new ProcessBuilder("psql", "-XAtw", "-v", "ON_ERROR_STOP=1", "-c", sql, connection);
            builder.environment().put("PGPASSWORD", password);
            builder.environment().putAll(environment);
            var process = builder.start();
            process.getOutputStream().close();
            var errors = CompletableFuture.supplyAsync(() -> text(process.getErrorStream()));
            var output = text(process.getInputStream());
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException("psql does not end");
            }
            return new Said(process.exitValue(), output.strip(), errors.join().strip());
        } catch (IOException e) {
            throw new UncheckedIOException("psql is needed (Debian: postgresql-client)", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static String text(InputStream in) {
        try (in) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
