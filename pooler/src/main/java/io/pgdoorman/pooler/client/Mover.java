package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.net.Line;

/// Takes clients to another process.
public interface Mover {
    /// Takes this one; on the client's loop. Its connection is read by nobody until one of the two answers is given,
    /// once, from any thread.
    void move(HandedOverClient handedOver, Line line, Answer answer);

    interface Answer {
        /// The other process has the connection, and will read it when this has returned.
        void taken();

        /// It stays here.
        ///
        /// @param reason for the log
        void stays(String reason);
    }
}
