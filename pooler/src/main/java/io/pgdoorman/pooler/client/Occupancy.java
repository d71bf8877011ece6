package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.stats.Seats;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.SqlState;
import java.net.InetAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Who is in, by what is limited: the process, the console, each database, user and address. Thread-safe; each
/// [Presence] takes its seats here and gives them back once.
final class Occupancy {
    /// The console has seats of its own, so that an admin gets in when all others are taken.
    static final int CONSOLE_SEATS = 16;

    private final Seats process = new Seats();
    private final Seats console = new Seats();
    private final Map<String, Seats> databases = new ConcurrentHashMap<>();
    private final Map<InetAddress, Integer> addresses = new ConcurrentHashMap<>();

    Seats process() {
        return process;
    }

    Seats console() {
        return console;
    }

    Seats database(String name) {
        return databases.computeIfAbsent(name, _ -> new Seats());
    }

    void arrived(InetAddress address) {
        addresses.merge(address, 1, Integer::sum);
    }

    void left(InetAddress address) {
        addresses.computeIfPresent(address, (_, count) -> count == 1 ? null : count - 1);
    }

    int from(InetAddress address) {
        return addresses.getOrDefault(address, 0);
    }

    /// How many seats of all kinds are taken: 0 when nobody is in.
    int taken() {
        return process.taken()
                + console.taken()
                + databases.values().stream().mapToInt(Seats::taken).sum()
                + addresses.values().stream().mapToInt(Integer::intValue).sum();
    }

    static PgError tooMany(int limit) {
        return full("sorry, too many clients already", "max_connections", limit);
    }

    static PgError tooManyStrangers(int limit) {
        return full("too many connections that have not logged in", "max_unauthenticated_connections", limit);
    }

    static PgError tooManyFrom(InetAddress address, int limit) {
        return full(
                "too many connections from address \"" + address.getHostAddress() + "\"",
                "max_address_client_connections",
                limit);
    }

    /// Why the pool takes no further client now, or null.
    @Nullable
    PgError fullness(ClientPool pool) {
        var caps = pool.behaviour().caps();
        if (database(pool.database()).isFull(caps.perDatabase())) {
            return tooManyOf(pool, caps.perDatabase(), true);
        }
        return pool.seats().isFull(caps.perUser()) ? tooManyOf(pool, caps.perUser(), false) : null;
    }

    private static PgError tooManyOf(ClientPool pool, int limit, boolean database) {
        return database
                ? full(
                        "too many connections for database \"" + pool.database() + "\"",
                        "max_db_client_connections",
                        limit)
                : full("too many connections for role \"" + pool.user() + "\"", "max_user_client_connections", limit);
    }

    /// Takes the seats of a logged-in client, or none and tells why.
    @Nullable
    PgError enter(ClientPool pool) {
        var caps = pool.behaviour().caps();
        if (!database(pool.database()).take(caps.perDatabase())) {
            return tooManyOf(pool, caps.perDatabase(), true);
        }
        if (!pool.seats().take(caps.perUser())) {
            database(pool.database()).leave();
            return tooManyOf(pool, caps.perUser(), false);
        }
        return null;
    }

    /// Takes the seats of a client that was in before.
    void movesIn(ClientPool pool) {
        var _ = database(pool.database()).take(0);
        var _ = pool.seats().take(0);
    }

    void leave(ClientPool pool) {
        database(pool.database()).leave();
        pool.seats().leave();
    }

    private static PgError full(String message, String setting, int limit) {
        return PgError.fatal(SqlState.TOO_MANY_CONNECTIONS, message)
                .withDetail("The pooler's limit " + setting + " is " + limit + ".")
                .withHint("Close clients that are not used, or raise " + setting + ".");
    }
}
