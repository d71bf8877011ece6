package io.pgdoorman.operator.podlink;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What the operator asks of a pooler. Calls block (use virtual threads) and never throw: a silent pod is an answer.
public interface PodLink {

    /// What the pooler runs and does.
    StateAnswer state(Address address);

    /// Load the file on disk, if it has this hash and the generation is not older than the loaded one.
    ReloadAnswer reload(Address address, String hash, long generation);

    /// Refuse new clients and let each go at its transaction boundary; null when the pooler took the order.
    @Nullable
    Silent drain(Address address);

    /// Let these users in no more, and each of their sessions go at its boundary, though the file on disk has them.
    /// Null when the pooler took the order.
    @Nullable
    Silent revoke(Address address, Set<String> users);

    /// End those sessions of these users that do nothing just now: for older poolers, which do not know [#revoke].
    Expelled expel(Address address, Set<String> users);

    /// Answer to [#expel].
    ///
    /// @param ended sessions
    /// @param silent why some could not be ended, null when they were
    record Expelled(int ended, @Nullable Silent silent) {}

    /// Have your share of the pool's server connections, if you run the configuration with this hash. Null when the
    /// pooler has it.
    @Nullable
    Silent grant(Address address, String hash);

    /// Wait on, somebody is here. Null when the pooler does.
    @Nullable
    Silent hold(Address address);

    /// Let each of your databases have this many servers, if you run the configuration with this hash; as many as that
    /// says for null. Null when the pooler does.
    @Nullable
    Silent allow(Address address, String hash, @Nullable Map<String, Integer> databases);

    /// Answer of a pooler's console.
    sealed interface ConsoleAnswer permits Table, Done, Failed, Silent {}

    /// Rows of values in the order of the columns.
    record Table(List<Column> columns, List<List<String>> rows) implements ConsoleAnswer {}

    /// @param isNumber whether its values are whole numbers
    record Column(String name, boolean isNumber) {}

    /// A command that has no rows was done.
    record Done(String tag) implements ConsoleAnswer {}

    /// The console would not have it.
    record Failed(String message) implements ConsoleAnswer {}

    /// Where a control endpoint listens and how it knows the operator.
    record Address(String host, int port, String user, String password) {
        @Override
        public String toString() {
            return host + ":" + port;
        }
    }

    /// Answer to [#state].
    sealed interface StateAnswer permits State, Silent {}

    /// Answer to [#reload].
    sealed interface ReloadAnswer permits Loaded, Stale, Fenced, Deposed, Rejected, Silent {}

    /// A pooler's account of itself.
    ///
    /// @param state `starting`, `waiting` (for its share of server connections), `ready` or `draining`
    /// @param rejected the file it refused last, if it has not loaded one since
    /// @param troubles databases whose server gave no connection lately; null if it does not say
    /// @param revoked users whom it was told to let in no more; null from an older one, which cannot be told
    /// @param previousLogins by user whose previous password counts still, how often somebody came in by it
    /// @param servers what it may have of servers; null where there is no most, and from an older one, which can be
    ///     allowed nothing
    record State(
            String version,
            String state,
            @Nullable String loadedHash,
            long generation,
            @Nullable Rejected rejected,
            Load load,
            @Nullable List<Trouble> troubles,
            @Nullable Set<String> revoked,
            Map<String, Long> previousLogins,
            @Nullable Servers servers)
            implements StateAnswer {
        public State {
            troubles = troubles == null ? null : List.copyOf(troubles);
            revoked = revoked == null ? null : Set.copyOf(revoked);
            previousLogins = Map.copyOf(previousLogins);
        }

        public int clients() {
            return load.clients();
        }

        public int waiting() {
            return load.waiting();
        }

        public int serverConnections() {
            return load.serverConnections();
        }

        public double utilisation() {
            return load.utilisation();
        }

        /// Whether it holds no connection to a server before it is let in.
        public boolean isWaiting() {
            return state.equals("waiting");
        }

        /// The same with what it may have of servers.
        public State with(Servers now) {
            return new State(
                    version, state, loadedHash, generation, rejected, load, troubles, revoked, previousLogins, now);
        }

        /// One that says nothing of its servers.
        public State(
                String version,
                String state,
                @Nullable String loadedHash,
                long generation,
                @Nullable Rejected rejected,
                Load load,
                Map<String, Long> previousLogins) {
            this(version, state, loadedHash, generation, rejected, load, null, Set.of(), previousLogins, null);
        }
    }

    /// How much a pooler has to do.
    ///
    /// @param inTransaction servers that are lent
    /// @param waiting clients that wait for a server
    /// @param pinned servers that stay with their client from one transaction to the next; none if it does not say
    /// @param oldestWaitMillis how long the first of all clients that wait does; nothing if it does not say
    /// @param utilisation share of their time that its event loops worked lately; below 0 if it does not say
    record Load(
            int clients,
            int inTransaction,
            int waiting,
            int serverConnections,
            int pinned,
            long oldestWaitMillis,
            double utilisation) {
        /// Nobody is there.
        public static final Load NONE = new Load(0, 0, 0, 0, -1);

        /// Nothing is said of who waits for how long.
        public Load(int clients, int inTransaction, int waiting, int serverConnections, double utilisation) {
            this(clients, inTransaction, waiting, serverConnections, 0, 0, utilisation);
        }
    }

    /// What a pooler may have of servers and what it needs, in numbers of connections.
    ///
    /// @param most that may be open, by order or else as its configuration says
    /// @param share what its configuration says
    /// @param held those that are open, being opened or being closed
    /// @param needed most that were not idle at once of late
    /// @param waiting clients that wait, and waited all the time of late, though their database has all it may have
    /// @param oldestWaitMillis how long the first of all clients that wait does
    record Servers(int most, int share, int held, int needed, int waiting, long oldestWaitMillis) {}

    /// A database whose server gave no connection.
    ///
    /// @param kind `unreachable`, `tls` or `login`
    /// @param reason names the server
    record Trouble(String database, String kind, String reason) {}

    /// No answer, or none that could be understood.
    record Silent(String reason) implements StateAnswer, ReloadAnswer, ConsoleAnswer {}

    /// The wanted configuration is live.
    record Loaded(String hash, long generation) implements ReloadAnswer {}

    /// The file on disk is another one (the volume is not refreshed yet): nothing was done.
    record Stale(@Nullable String hash) implements ReloadAnswer {}

    /// A newer generation is loaded: nothing was done.
    record Fenced(long generation) implements ReloadAnswer {}

    /// A newer leader was heard: nothing was done.
    ///
    /// @param epoch of that leader
    record Deposed(long epoch) implements ReloadAnswer {}

    /// The file was refused; the old configuration stays live.
    record Rejected(@Nullable String hash, List<Fault> faults) implements ReloadAnswer {
        public Rejected {
            faults = List.copyOf(faults);
        }

        /// All faults in one line.
        public String text() {
            return String.join("; ", faults.stream().map(Fault::text).toList());
        }
    }

    /// One reason why a file was refused.
    record Fault(String path, String message) {
        String text() {
            return path.isEmpty() ? message : path + ": " + message;
        }
    }
}
