package io.pgdoorman.pooler.dialogue;

import io.pgdoorman.pooler.script.Message;
import io.pgdoorman.pooler.script.WireClient;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Clients that stay logged in from one script to the next, at one door: no process of PostgreSQL begins and no
/// password is proven for each of thousands of scripts. Used by one thread.
final class Ensemble implements AutoCloseable {
    private final Map<String, WireClient> waiting = new HashMap<>();

    /// The client of that name, as after its login; null if nobody waits.
    @Nullable
    WireClient take(String name, Venue venue) {
        var client = waiting.remove(name);
        return client == null ? null : client.cut(venue.cut().get()).patience(venue.patience());
    }

    /// Keeps the client, if it can forget what it did.
    ///
    /// @param listens whether it heard all that it waited for
    void keep(String name, WireClient client, boolean listens) {
        if (listens && forgets(client)) {
            var before = waiting.put(name, client); // a script that logs in takes nobody who waits
            if (before != null) {
                before.close();
            }
        } else {
            client.close();
        }
    }

    private static boolean forgets(WireClient client) {
        try {
            client.forgetsTranscript();
            client.sends(Message.query("rollback"), Message.query("discard all"));
            boolean done = client.receivesReady(2).stream().noneMatch(reply -> reply.tag() == 'E');
            client.forgetsTranscript();
            return done;
        } catch (UncheckedIOException _) {
            return false; // it is closed then, and the next logs in
        }
    }

    @Override
    public void close() {
        waiting.values().forEach(WireClient::close);
        waiting.clear();
    }
}
