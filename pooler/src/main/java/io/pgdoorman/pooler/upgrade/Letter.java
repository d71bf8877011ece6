package io.pgdoorman.pooler.upgrade;

import io.pgdoorman.pooler.client.Luggage;
import java.util.List;

/// What the two processes of an upgrade tell each other; the *elder* runs, the *heir* takes over.
///
/// ```
///  elder                                heir
///    ◄──────────── Hello ───────────────      it has read the configuration and made its pools
///    ───── Listeners + descriptors ─────►
///    ◄─────────── Prepared ─────────────      all that can fail has not failed
///    ──────────── Holds ────────────────►     servers of each pool, then whenever they get fewer
///    ───────────── Take ────────────────►     from here on the heir accepts
///    ────── Client + descriptor ────────►     one for each, as each comes to rest
///    ◄──────── Ready, Refused ──────────
///    ────────────── Go ─────────────────►     the elder has let go: the heir reads
///    ◄── Cancel, Cancelled (both ways) ─►
///    ────────────── Done ───────────────►     the elder is empty
/// ```
///
/// Up to Take, an end of the passage leaves all as it was. A client is read by one process at any time: the elder lets
/// go before Go, and what has got no Go when the passage ends is closed by the heir, which leaves it to the elder.
sealed interface Letter {
    /// Of all letters but [Client].
    int FORMAT = 1;

    /// Of [Client]: an heir that reads another one takes the listening sockets, and clients stay with the elder.
    int CLIENTS = 1;

    /// @param format of the letters
    /// @param clients format of clients
    /// @param version of the program
    record Hello(int format, int clients, String version) implements Letter {}

    /// The next listening socket, which comes along.
    ///
    /// @param name what it was opened as
    /// @param isLast whether no further one comes
    record Listener(String name, boolean isLast) implements Letter {}

    /// @param adopted names of those that the heir serves
    record Prepared(List<String> adopted) implements Letter {}

    record Take() implements Letter {}

    /// How many servers of a pool the elder may still have; the heir leaves room for them.
    record Holds(String database, String user, int servers) implements Letter {}

    /// A client, whose connection comes along.
    ///
    /// @param unix whether it came by the Unix socket
    record Client(long number, boolean unix, Luggage luggage) implements Letter {}

    record Ready(long number) implements Letter {}

    record Refused(long number, String reason) implements Letter {}

    record Go(long number) implements Letter {}

    /// Somebody wants to cancel what this key's client runs.
    @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
    record Cancel(long number, int pid, byte[] secret) implements Letter {
        @Override
        public String toString() {
            return "Cancel[" + number + ", ***]";
        }
    }

    record Cancelled(long number) implements Letter {}

    record Done() implements Letter {}
}
