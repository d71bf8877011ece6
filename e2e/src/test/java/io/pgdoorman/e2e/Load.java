package io.pgdoorman.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/// Clients that run transactions for as long as it is open, connect again when they are sent away between two of them,
/// and count.
///
/// A transaction is *broken* when an error comes after the answer to its BEGIN and before the answer to its
/// COMMIT. An error before that (57P01, a closed connection) broke nothing, since nothing had run: the client
/// connects again, which is counted. Each commit leaves a row, so that a commit that was acknowledged and lost
/// would show as well.
final class Load implements AutoCloseable {

    private static final Duration THINK = Duration.ofMillis(10);
    private static final Duration LONG_THINK = Duration.ofSeconds(8);
    private static final Duration RETRY = Duration.ofMillis(100);
    /// Every other client leaves after so long and connects again, as with a pool at the client's side; the others
    /// stay.
    private static final Duration CONNECTION_LIFETIME = Duration.ofSeconds(4);

    private static final int MOST_CLIENTS = 1_000;

    /// What the clients saw. `longestOutage` is the longest time that one client was without a connection.
    record Tally(
            long committed,
            long reconnects,
            long refusedConnects,
            Duration longestOutage,
            long rows,
            List<String> broken,
            List<String> reasons) {

        /// No client was refused, sent away or lost anything.
        void assertUnnoticed() {
            assertThat(broken).isEmpty();
            assertThat(reconnects).as("sent away: %s", reasons).isZero();
            assertThat(refusedConnects).as("refused: %s", reasons).isZero();
            assertThat(rows).isEqualTo(committed);
        }

        @Override
        public String toString() {
            return "%d transactions committed, %d rows, %d broken, %d reconnects, %d refused connects, longest outage %d ms; reasons %s"
                    .formatted(
                            committed,
                            rows,
                            broken.size(),
                            reconnects,
                            refusedConnects,
                            longestOutage.toMillis(),
                            reasons);
        }
    }

    private final Target target;
    private final Target server;
    private final int first;
    private final int slowClients;
    private final List<Thread> clients = new ArrayList<>();
    private final AtomicLong committed = new AtomicLong();
    private final AtomicLong reconnects = new AtomicLong();
    private final AtomicLong refusedConnects = new AtomicLong();
    private final AtomicLong longestOutageMillis = new AtomicLong();
    private final ConcurrentLinkedQueue<String> broken = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<String> reasons = new ConcurrentLinkedQueue<>();
    private volatile boolean isOpen = true;

    /// @param first number of the first client
    private Load(Target target, Target server, int first, int slowClients) {
        this.target = target;
        this.server = server;
        this.first = first;
        this.slowClients = slowClients;
    }

    /// @param server the PostgreSQL behind the target, to prepare tables and to count rows at the end
    static Load start(Target target, Target server, int clients) {
        return start(target, server, clients, 0);
    }

    /// @param slowClients so many of the clients let their transactions last for seconds, longer than any pod that is
    ///     told to go can wait without meaning to
    static Load start(Target target, Target server, int clients, int slowClients) {
        var load = new Load(target, server, 0, slowClients);
        load.prepare();
        load.add(clients);
        return load;
    }

    /// More clients beside others, elsewhere.
    ///
    /// @param first so many are there already
    static Load join(Target target, Target server, int first, int clients) {
        var load = new Load(target, server, first, 0);
        load.add(clients);
        return load;
    }

    /// More clients join; all work when this returns.
    void add(int more) {
        for (int i = 0; i < more; i++) {
            int client = first + clients.size();
            clients.add(Thread.ofVirtual().name("client-" + client).start(() -> live(client)));
        }
        var wanted = committed.get() + 10L * clients.size();
        Progress.until(
                "all " + clients.size() + " clients work", Duration.ofSeconds(30), () -> committed.get() > wanted);
    }

    long committed() {
        return committed.get();
    }

    /// Lets all clients end their transaction, then counts.
    Tally finish() {
        close();
        try (var connection = server.connect();
                var statement = connection.createStatement();
                var rows = statement.executeQuery("select count(*) from load_ledger")) {
            rows.next();
            var tally = new Tally(
                    committed.get(),
                    reconnects.get(),
                    refusedConnects.get(),
                    Duration.ofMillis(longestOutageMillis.get()),
                    rows.getLong(1),
                    List.copyOf(broken),
                    reasons.stream().distinct().toList());
            Progress.say("load: " + tally);
            return tally;
        } catch (SQLException e) {
            throw new AssertionError("cannot count", e);
        }
    }

    @Override
    public void close() {
        isOpen = false;
        for (var client : clients) {
            try {
                if (!client.join(Duration.ofMinutes(1))) {
                    throw new AssertionError(client.getName() + " hangs");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted", e);
            }
        }
    }

    private void prepare() {
        try (var connection = server.connect();
                var statement = connection.createStatement()) {
            statement.execute("drop table if exists load_account, load_ledger");
            statement.execute("create table load_account as select i as id, 0 as balance from generate_series(0, "
                    + (MOST_CLIENTS - 1) + ") i");
            statement.execute("alter table load_account add primary key (id)");
            statement.execute("create table load_ledger (client int, number bigint, primary key (client, number))");
        } catch (SQLException e) {
            throw new AssertionError("cannot prepare the tables", e);
        }
    }

    private void live(int client) {
        var without = Instant.now();
        boolean isFirst = true;
        long number = 0;
        while (isOpen) {
            try (var connection = target.connect()) {
                if (!isFirst) {
                    var outage = Duration.between(without, Instant.now()).toMillis();
                    longestOutageMillis.accumulateAndGet(outage, Math::max);
                }
                isFirst = false;
                number = work(connection, client, number);
            } catch (SQLException e) {
                note("connect", e);
                refusedConnects.incrementAndGet();
                Progress.pause(RETRY);
                continue;
            }
            without = Instant.now();
        }
    }

    /// Runs transactions until the connection is gone or old, or the load ends; answers the number of the next
    /// transaction.
    private long work(Connection connection, int client, long first) throws SQLException {
        long number = first;
        var end = client % 2 == 0 ? Instant.MAX : Instant.now().plus(CONNECTION_LIFETIME);
        try (var statement = connection.createStatement()) {
            while (isOpen && Instant.now().isBefore(end)) {
                if (!begin(statement)) {
                    return number;
                }
                try {
                    transaction(connection, client, number);
                    statement.execute("COMMIT");
                } catch (SQLException e) {
                    broken.add("client " + client + " transaction " + number + ": " + e.getSQLState() + " "
                            + e.getMessage());
                    return number + 1;
                }
                number++;
                committed.incrementAndGet();
                Progress.pause(THINK);
            }
        }
        return number;
    }

    private boolean begin(Statement statement) {
        try {
            statement.execute("BEGIN");
            return true;
        } catch (SQLException e) {
            note("begin", e);
            reconnects.incrementAndGet();
            return false;
        }
    }

    private void transaction(Connection connection, int client, long number) throws SQLException {
        try (var update = connection.prepareStatement("update load_account set balance = balance + ? where id = ?")) {
            update.setInt(1, 1);
            update.setInt(2, client); // no two clients wait for each other's row
            if (update.executeUpdate() != 1) {
                throw new SQLException("the update met no row", "E2E01");
            }
        }
        think(client);
        try (var insert = connection.prepareStatement("insert into load_ledger values (?, ?)")) {
            insert.setInt(1, client);
            insert.setLong(2, number);
            insert.executeUpdate();
        }
    }

    private void think(int client) {
        var end = Instant.now().plus(client < slowClients ? LONG_THINK : THINK);
        while (Instant.now().isBefore(end)) {
            Progress.pause(THINK);
        }
    }

    private void note(String where, SQLException e) {
        reasons.add(where + " " + e.getSQLState() + " " + e.getMessage());
    }
}
