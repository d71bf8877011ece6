package io.pgdoorman.pooler.upgrade;

import io.pgdoorman.pooler.client.HandedOverClient;
import java.util.List;

/// What the two processes of an upgrade tell each other; the *old process* runs, the *new process* takes over.
///
/// ```
///  old process                 new process
///    ◄──────────── Hello ───────────────      it has read the configuration and made its pools
///    ───── Listeners + descriptors ─────►
///    ◄─────────── Prepared ─────────────      all that can fail has not failed
///    ──────────── Holds ────────────────►     servers of each pool, then whenever they get fewer
///    ───────────── Take ────────────────►     from here on the new process accepts
///    ────── Client + descriptor ────────►     one for each, as each comes to rest
///    ◄──────── Ready, Refused ──────────
///    ────────────── Go ─────────────────►     the old process has let go: the new process reads
///    ◄── Cancel, Cancelled (both ways) ─►
///    ────────────── Done ───────────────►     the old process is empty
/// ```
///
/// Up to Take, an end of the passage leaves all as it was. A client is read by one process at any time: the old
/// process lets go before Go, and what has got no Go when the passage ends is closed by the new process, which
/// leaves it to the old one.
sealed interface Message {
    /// Of all messages but [Client].
    int FORMAT = 1;

    /// Of [Client]: a new process that reads another one takes the listening sockets, and clients stay with the
    /// old one.
    int CLIENTS = 1;

    /// @param format of the messages
    /// @param clients format of clients
    /// @param version of the program
    record Hello(int format, int clients, String version) implements Message {}

    /// The next listening socket, which comes along.
    ///
    /// @param name what it was opened as
    /// @param isLast whether no further one comes
    record Listener(String name, boolean isLast) implements Message {}

    /// @param adopted names of those that the new process serves
    record Prepared(List<String> adopted) implements Message {}

    record Take() implements Message {}

    /// How many servers of a pool the old process may still have; the new process leaves room for them.
    record Holds(String database, String user, int servers) implements Message {}

    /// A client, whose connection comes along.
    ///
    /// @param unix whether it came by the Unix socket
    record Client(long number, boolean unix, HandedOverClient handedOver) implements Message {}

    record Ready(long number) implements Message {}

    record Refused(long number, String reason) implements Message {}

    record Go(long number) implements Message {}

    /// Somebody wants to cancel what this key's client runs.
    @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
    record Cancel(long number, int pid, byte[] secret) implements Message {
        @Override
        public String toString() {
            return "Cancel[" + number + ", ***]";
        }
    }

    record Cancelled(long number) implements Message {}

    record Done() implements Message {}
}
