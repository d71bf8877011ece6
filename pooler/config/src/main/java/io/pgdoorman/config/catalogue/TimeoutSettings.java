package io.pgdoorman.config.catalogue;

import static io.pgdoorman.config.catalogue.Types.duration;

import io.pgdoorman.config.ClientTimeouts;
import java.time.Duration;
import java.util.function.Function;

/// The timeouts of clients, which stand in `general`, in a pool and at a user; named as PgBouncer names them.
public final class TimeoutSettings<R> {
    private static final Duration TICK = Duration.ofMillis(1);

    private final Section<R> section;
    private final Function<R, ClientTimeouts> of;
    private final Heir heir;
    private final Setting<R, Duration> queryWait;
    private final Setting<R, Duration> queryWaitNotify;
    private final Setting<R, Duration> clientIdle;
    private final Setting<R, Duration> idleTransaction;
    private final Setting<R, Duration> transaction;
    private final Setting<R, Duration> query;

    TimeoutSettings(Section<R> section, Function<R, ClientTimeouts> of, Heir heir) {
        this.section = section;
        this.of = of;
        this.heir = heir;
        queryWait = setting(
                "query_wait_timeout",
                TICK,
                Duration.ofSeconds(5),
                t -> t.waiting().limit(),
                "Longest wait of a client for a server; then the query fails with 53300 and the connection lives.");
        queryWaitNotify = off(
                "query_wait_notify",
                t -> t.waiting().notice(),
                "Sends a NOTICE to a client that has waited for a server for so long.");
        clientIdle = off(
                "client_idle_timeout",
                ClientTimeouts::idle,
                "Ends a client that is idle outside of a transaction for so long (57P05).");
        idleTransaction = off(
                "idle_transaction_timeout",
                t -> t.inTransaction().idle(),
                "Ends a client that holds a server in a transaction and is silent for so long (25P03); the"
                        + " transaction is rolled back.");
        transaction = off(
                "transaction_timeout",
                t -> t.inTransaction().whole(),
                "Ends a client whose transaction lasts longer (25P04); its query is cancelled.");
        query = off(
                "query_timeout",
                t -> t.inTransaction().query(),
                "Cancels a query that lasts longer (57014); the connection lives, as with statement_timeout.");
    }

    private Setting<R, Duration> off(String name, Function<ClientTimeouts, Duration> part, String sentence) {
        return setting(name, Duration.ZERO, Duration.ZERO, part, sentence + " 0 = off. An extension.");
    }

    private Setting<R, Duration> setting(
            String name, Duration least, Duration usual, Function<ClientTimeouts, Duration> part, String sentence) {
        return heir.setting(section.hot(name, duration(least)), usual, of.andThen(part), sentence);
    }

    /// All of a section that has the defaults.
    public ClientTimeouts of(Values v) {
        return new ClientTimeouts(
                new ClientTimeouts.Waiting(v.of(queryWait), v.of(queryWaitNotify)),
                v.of(clientIdle),
                new ClientTimeouts.InTransaction(v.of(idleTransaction), v.of(transaction), v.of(query)));
    }

    /// What the section says, and where it says nothing, what it inherits.
    public ClientTimeouts of(Values v, ClientTimeouts inherited) {
        var waiting = inherited.waiting();
        var busy = inherited.inTransaction();
        return new ClientTimeouts(
                new ClientTimeouts.Waiting(
                        v.find(queryWait).orElse(waiting.limit()),
                        v.find(queryWaitNotify).orElse(waiting.notice())),
                v.find(clientIdle).orElse(inherited.idle()),
                new ClientTimeouts.InTransaction(
                        v.find(idleTransaction).orElse(busy.idle()),
                        v.find(transaction).orElse(busy.whole()),
                        v.find(query).orElse(busy.query())));
    }
}
