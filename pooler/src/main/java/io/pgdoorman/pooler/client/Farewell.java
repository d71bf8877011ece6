package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.net.Line;
import io.pgdoorman.pooler.wire.BackendWriter;
import io.pgdoorman.pooler.wire.PgError;

/// Closes a client's connection so that it can read the reason.
final class Farewell {
    /// How long we wait for the client to close its side.
    private static final int LINGER_MILLIS = 1000;

    /// How long a client may take to read what was written to it before: one that never reads must not stay for ever.
    private static final int WRITE_MILLIS = 10_000;

    private Farewell() {}

    /// Sends the error, closes our side, and lets the client close its own: a plain close with unread bytes would reset
    /// the connection, and the client could lose the message.
    static void say(Line line, PgError error) {
        if (!line.isOpen()) {
            return;
        }
        try {
            var out = line.allocator().buffer(256);
            BackendWriter.error(out, error);
            line.write(out);
        } catch (OutOfMemoryError _) {
            // Then the end has to say it: without network memory there are no words, and that is in the log.
        }
        silently(line);
    }

    /// The same without an error, where none can be said: what was written is sent, and no word more.
    static void silently(Line line) {
        line.closeAfter(WRITE_MILLIS);
        line.whenSent(_ -> {
            if (line.endOutput()) {
                line.read(true);
                line.closeAfter(LINGER_MILLIS);
            } else {
                line.close();
            }
        });
    }

    /// The client has said that it leaves (Terminate), so nothing has to reach it but what was written before:
    /// waiting for its end, and a timer for that, were a sixth of a login's cost.
    static void toOneWhoLeaves(Line line) {
        if (line.hasUnsent()) {
            silently(line);
        } else {
            line.hangUp();
        }
    }
}
