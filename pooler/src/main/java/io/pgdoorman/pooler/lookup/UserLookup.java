package io.pgdoorman.pooler.lookup;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pgdoorman.pooler.auth.MockVerifiers;
import io.pgdoorman.pooler.auth.Verifier;
import io.pgdoorman.pooler.net.Loop;
import io.pgdoorman.pooler.server.ServerOpener;
import io.pgdoorman.pooler.stats.LookupStats;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks users of one database up by a query on PostgreSQL. Thread-safe.
///
/// ```
/// look ─► Memory ─┬─ known, and it counts still ─► at once; and as below, to be sure
///                 ├─ somebody asks for the same ─► with them
///                 └─ Workers ─► Question ─► PostgreSQL ─► Memory
/// ```
public final class UserLookup {
    private static final Logger LOG = LoggerFactory.getLogger(UserLookup.class);

    /// NAMEDATALEN - 1: a longer name would be cut to that of another user.
    private static final int LONGEST_NAME = 63;

    /// Between two lines about a query that is not as it should be.
    private static final long TELLING_NANOS = 10_000_000_000L;

    private final Parts parts;
    private final LookupStats stats;
    private final Memory memory;
    private final Workers workers;
    private volatile LookupSettings settings;
    private volatile long toldNanos;
    private volatile boolean md5Usual;

    /// What it runs on.
    ///
    /// @param loop its connections live on
    /// @param crypto where keys are derived from passwords in clear
    /// @param clock nanoseconds
    public record Parts(ServerOpener opener, Loop loop, Executor crypto, MockVerifiers mocks, LongSupplier clock) {}

    public UserLookup(String database, Parts parts, LookupSettings settings) {
        this.parts = parts;
        this.stats = new LookupStats(database);
        this.settings = settings;
        this.memory = new Memory(settings.keeping());
        this.workers = new Workers(
                new Workers.Parts(parts.opener(), parts.loop(), parts.clock(), stats),
                settings.asking(),
                settings.keeping().workers());
        this.toldNanos = parts.clock().getAsLong() - TELLING_NANOS;
    }

    public LookupStats stats() {
        return stats;
    }

    /// Users, found and not found, that are remembered.
    public int remembered() {
        return memory.size();
    }

    public LookupSettings settings() {
        return settings;
    }

    /// Whether the user that was found last has an md5 hash.
    public boolean isMd5Usual() {
        return md5Usual;
    }

    /// Changes how users are looked up; what was found by another query is forgotten.
    public void apply(LookupSettings now) {
        var before = settings;
        settings = now;
        memory.keep(now.keeping());
        if (!now.asking().equals(before.asking())
                || now.scramIterations() != before.scramIterations()
                || now.takesParameters() != before.takesParameters()) {
            memory.clear();
        }
        parts.loop().run(() -> workers.apply(now.asking(), now.keeping().workers()));
    }

    /// Nobody is asked any more.
    public void close() {
        parts.loop().run(workers::close);
    }

    /// What is known of one user.
    ///
    /// @param known at once where it is remembered, else what PostgreSQL says
    /// @param confirmed what PostgreSQL says now of one who is remembered; null where that was asked just now
    public record Look(
            CompletionStage<Finding> known, @Nullable CompletionStage<Finding> confirmed) {}

    public Look look(String user) {
        if (isTooLong(user)) {
            return new Look(CompletableFuture.completedStage(new Finding.Unknown()), null);
        }
        long now = parts.clock().getAsLong();
        var turn = memory.find(user, now);
        if (!(turn instanceof Memory.Turn.Here)) {
            stats.missed();
            return new Look(take(user, turn), null);
        }
        stats.hit();
        var anew = memory.findAnew(user, now);
        if (anew instanceof Memory.Turn.Here) {
            return new Look(take(user, turn), null);
        }
        stats.refetched();
        return new Look(take(user, turn), take(user, anew));
    }

    /// What PostgreSQL says now, as what was known did not fit; unless it was asked just now.
    public CompletionStage<Finding> findAnew(String user) {
        if (isTooLong(user)) {
            return CompletableFuture.completedStage(new Finding.Unknown());
        }
        var turn = memory.findAnew(user, parts.clock().getAsLong());
        if (turn instanceof Memory.Turn.Here) {
            stats.rateLimited();
        } else {
            stats.refetched();
        }
        return take(user, turn);
    }

    /// PostgreSQL did not take what was known of the user: the next login asks, unless that was just now.
    public void forget(String user) {
        memory.forget(user, parts.clock().getAsLong());
    }

    private static boolean isTooLong(String user) {
        return user.getBytes(UTF_8).length > LONGEST_NAME;
    }

    private CompletionStage<Finding> take(String user, Memory.Turn turn) {
        return switch (turn) {
            case Memory.Turn.Here(var finding) -> CompletableFuture.completedStage(finding);
            case Memory.Turn.Shared(var flight) -> flight.answer();
            case Memory.Turn.Crowded _ -> {
                var crowded = new Finding.Unavailable("too many users are looked up at once");
                tell(crowded.reason());
                yield CompletableFuture.completedStage(crowded);
            }
            case Memory.Turn.Begun(var flight) -> {
                parts.loop().run(() -> workers.ask(user, reply -> replied(user, flight, reply)));
                yield flight.answer();
            }
        };
    }

    private void replied(String user, Memory.Flight flight, Reply reply) {
        switch (reply) {
            case Reply.Row(var stored, var parameters)
            when !stored.isEmpty() -> found(user, flight, stored, parameters(parameters));
            case Reply.Row _, Reply.NoRow _ -> land(user, flight, new Finding.Unknown());
            case Reply.Failed(var reason) -> {
                tell(reason);
                land(user, flight, new Finding.Unavailable(reason));
            }
            case Reply.Lost _ -> throw new IllegalStateException("workers ask again themselves");
        }
    }

    private Map<String, String> parameters(String json) {
        var parsed = Overlay.parse(json);
        if (parsed.isEmpty()) {
            tell("startup_parameters of the query are left out: expected a JSON object of texts");
        } else if (!parsed.get().isEmpty() && !settings.takesParameters()) {
            tell("startup_parameters of the query are left out: they have no effect beside server_user");
            return Map.of();
        }
        return parsed.orElse(Map.of());
    }

    private void found(String user, Memory.Flight flight, String stored, Map<String, String> parameters) {
        var verifier = Verifier.parse(stored);
        md5Usual = verifier instanceof Verifier.Md5;
        if (!(verifier instanceof Verifier.Plain plain)) {
            land(user, flight, new Finding.Known(verifier, stored, parameters, flight.begunNanos()));
            return;
        }
        try {
            parts.crypto()
                    .execute(() -> land(
                            user,
                            flight,
                            new Finding.Known(
                                    parts.mocks().derivedFor(user, plain), stored, parameters, flight.begunNanos())));
        } catch (RejectedExecutionException _) {
            land(user, flight, new Finding.Unavailable("the pooler shuts down"));
        }
    }

    private void land(String user, Memory.Flight flight, Finding finding) {
        memory.landed(user, flight, finding);
        flight.answer().complete(finding);
    }

    private void tell(String reason) {
        long now = parts.clock().getAsLong();
        if (now - toldNanos >= TELLING_NANOS) {
            toldNanos = now;
            LOG.atWarn()
                    .setMessage("looking users up")
                    .addKeyValue("database", stats.database())
                    .addKeyValue("reason", reason)
                    .log();
        }
    }
}
