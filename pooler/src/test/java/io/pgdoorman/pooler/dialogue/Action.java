package io.pgdoorman.pooler.dialogue;

import java.util.List;

/// What one client does in a script, with the text that says so.
sealed interface Action {
    /// As it stands in a script.
    String text();

    /// Sends a message.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Say(String text, byte[] bytes) implements Action {}

    /// Reads what comes.
    record Hear(String text, Until until, int count, String wanted) implements Action {}

    /// When to stop reading.
    enum Until {
        /// After `count` ReadyForQuery.
        READY,
        /// After `count` messages.
        COUNT,
        /// After the first message with the tag `wanted`.
        TAG,
        /// After the ReadyForQuery behind a message that contains `wanted`.
        READY_OF,
        /// When the other side closes.
        CLOSED,
        /// After one byte that is no message.
        BYTE
    }

    /// Demands that the messages heard in this step contain a text, or do not: so that a script which shows nothing is
    /// noticed.
    record Demand(String text, String wanted, boolean present) implements Action {}

    /// Does something to the connection.
    record Deed(String text, Kind kind, List<Word> words) implements Action {}

    /// What is done to a connection, or by the superuser.
    enum Kind {
        /// Connects and logs in, with a role and parameters.
        LOGIN,
        /// Connects and says nothing.
        CONNECT,
        /// Closes with a FIN and no Terminate.
        CLOSE,
        /// Closes with a RST.
        VANISH,
        /// Sends a FIN and goes on reading.
        HALF_CLOSE,
        /// Asks PostgreSQL to cancel what this client runs.
        CANCEL,
        /// The superuser runs a statement.
        DOES,
        /// The superuser asks until the answer is `t`.
        WAITS
    }
}
