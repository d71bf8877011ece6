package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.net.Line;
import io.pgdoorman.pooler.server.ServerConnection;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// Whether clients and the servers that work for them are read (SUSPEND of the console). Thread-safe.
final class Suspension {
    private volatile boolean on;

    /// Nobody is read any more.
    ///
    /// @return completes when all that was read before has been written
    CompletionStage<Void> begin(Collection<LoggedIn> clients) {
        on = true;
        var written = clients.stream()
                .map(client -> {
                    var its = new CompletableFuture<Void>();
                    client.suspend(true, () -> its.complete(null));
                    return its;
                })
                .toArray(CompletableFuture<?>[]::new);
        return CompletableFuture.allOf(written);
    }

    void end(Collection<LoggedIn> clients) {
        if (on) {
            on = false;
            clients.forEach(client -> client.suspend(false, () -> {}));
        }
    }

    boolean isOn() {
        return on;
    }

    /// It has logged in.
    void entered(LoggedIn client) {
        if (on) {
            client.suspend(true, () -> {});
        }
    }

    /// Runs the task when both have nothing left to write, or are closed; on the loop of both.
    static void afterWrites(Line client, @Nullable ServerConnection server, Runnable task) {
        client.whenSent(_ -> {
            if (server == null) {
                task.run();
            } else {
                server.whenSent(_ -> task.run());
            }
        });
    }
}
