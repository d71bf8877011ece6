package io.pgdoorman.pooler.reload;

import io.pgdoorman.config.AuthQueryConfig;
import io.pgdoorman.config.PoolConfig;
import io.pgdoorman.config.PoolerConfig;
import io.pgdoorman.config.catalogue.ParametersType;
import io.pgdoorman.pooler.client.Newcomers;
import io.pgdoorman.pooler.lookup.Finding;
import io.pgdoorman.pooler.lookup.UserLookup;
import io.pgdoorman.pooler.pool.Coordinator;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.SqlState;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The pools of users who stand in no list: made when one logs in, kept over reloads, ended when nobody is in and no
/// server is left. Guarded by its monitor; any thread.
final class FoundPools {
    private static final Logger LOG = LoggerFactory.getLogger(FoundPools.class);

    private final PoolMaker maker;
    private final Retirements retirements;
    private final Predicate<String> isPaused;
    private final Map<Blueprint.Key, Found> pools = new LinkedHashMap<>();
    private Map<String, Recipe> recipes = Map.of();

    /// How pools of one database are made.
    record Recipe(
            PoolerConfig config, PoolConfig pool, AuthQueryConfig query, Coordinator coordinator, UserLookup lookup) {}

    private static final class Found {
        private final LivePool pool;
        private Finding.Known known;
        private int entering;

        Found(LivePool pool, Finding.Known known) {
            this.pool = pool;
            this.known = known;
        }
    }

    /// @param isPaused whether the database is: then so is a pool that is made
    FoundPools(PoolMaker maker, Retirements retirements, Predicate<String> isPaused) {
        this.maker = maker;
        this.retirements = retirements;
        this.isPaused = isPaused;
    }

    /// The pool of that user, who has proven who it is.
    synchronized Newcomers.Entrance enter(Blueprint.Key key, Finding.Known known) {
        var recipe = recipes.get(key.database());
        if (recipe == null) {
            return new Newcomers.Closed(PgError.fatal(
                            SqlState.ADMIN_SHUTDOWN,
                            "users of database \"" + key.database() + "\" are not looked up any more")
                    .withHint("The pooler's configuration was reloaded."));
        }
        var found = pools.get(key);
        if (found == null) {
            if (count(key.database()) >= recipe.query().memory().mostUsers() && !makeRoom(key.database())) {
                return new Newcomers.Closed(full(key.database(), recipe));
            }
            boolean paused = isPaused.test(key.database());
            found = new Found(make(key, recipe, known, null), known);
            if (paused) {
                var _ = found.pool.servers().pause();
            }
            pools.put(key, found);
            recipe.lookup().stats().poolMade();
        } else if (!found.known.isLike(known) && known.askedNanos() - found.known.askedNanos() > 0) {
            found.known = known;
            make(key, recipe, known, found.pool);
        }
        found.entering++;
        var entered = found;
        return new Newcomers.Open(found.pool.clients(), () -> entered(entered));
    }

    private synchronized void entered(Found found) {
        found.entering--;
    }

    private static PgError full(String database, Recipe recipe) {
        return PgError.fatal(SqlState.TOO_MANY_CONNECTIONS, "too many users of database \"" + database + "\" at once")
                .withDetail("The pooler's limit max_users of auth_query is "
                        + recipe.query().memory().mostUsers() + ".");
    }

    private LivePool make(Blueprint.Key key, Recipe recipe, Finding.Known known, @Nullable LivePool before) {
        var user = Translation.found(recipe.pool(), recipe.query(), key.user());
        var secrets = new PoolMaker.Secrets(known.stored(), null, null, "");
        var pool = overlaid(recipe.pool(), key, known.parameters());
        var made = maker.make(new PoolMaker.Plan(recipe.config(), pool, user, recipe.coordinator(), secrets), before);
        if (before == null) {
            made.source().onRefused(() -> recipe.lookup().forget(key.user()));
        }
        return made;
    }

    /// The pool with the parameters of one user over its own; those that cannot be are left out.
    private static PoolConfig overlaid(PoolConfig pool, Blueprint.Key key, Map<String, String> parameters) {
        if (parameters.isEmpty()) {
            return pool;
        }
        var merged = new TreeMap<>(pool.session().startupParameters());
        parameters.forEach((name, value) -> {
            if (ParametersType.isNameOfParameter(name) && value.indexOf('\0') < 0) {
                merged.keySet().removeIf(name::equalsIgnoreCase);
                merged.put(name, value);
            } else {
                warn(key, "a parameter has a name or value that is not possible");
            }
        });
        if (ParametersType.bytes(merged) > ParametersType.MAX_BYTES) {
            warn(key, "they are longer than a startup packet may be");
            return pool;
        }
        return pool.withStartupParameters(merged);
    }

    private static void warn(Blueprint.Key key, String reason) {
        LOG.atWarn()
                .setMessage("startup_parameters of a user are left out")
                .addKeyValue("database", key.database())
                .addKeyValue("user", key.user())
                .addKeyValue("reason", reason)
                .log();
    }

    /// A pool that nobody is in has to go, though it has servers.
    private boolean makeRoom(String database) {
        for (var entry : pools.entrySet()) {
            var found = entry.getValue();
            if (entry.getKey().database().equals(database)
                    && found.entering == 0
                    && found.pool.clients().isEmpty()) {
                end(entry.getKey(), found);
                return true;
            }
        }
        return false;
    }

    private void end(Blueprint.Key key, Found found) {
        pools.remove(key);
        var recipe = recipes.get(key.database());
        if (recipe != null) {
            recipe.lookup().stats().poolEnded();
        }
        retirements.begin(found.pool);
    }

    /// Ends the pools that have nothing to do any more.
    synchronized void collect() {
        for (var entry : List.copyOf(pools.entrySet())) {
            var found = entry.getValue();
            if (found.entering == 0 && found.pool.servers().settings().minSize() == 0 && found.pool.isDeserted()) {
                end(entry.getKey(), found);
            }
        }
    }

    /// Hands the pool over to somebody else, as its user stands in a list by now.
    synchronized @Nullable LivePool take(Blueprint.Key key) {
        var found = pools.remove(key);
        return found == null ? null : found.pool;
    }

    /// Changes the pools to what is said of them now.
    ///
    /// @param listed whose pools are others'
    synchronized void apply(Map<String, Recipe> now, Set<Blueprint.Key> listed) {
        recipes = Map.copyOf(now);
        for (var entry : List.copyOf(pools.entrySet())) {
            var key = entry.getKey();
            var found = entry.getValue();
            var recipe = now.get(key.database());
            if (recipe == null || recipe.query().shared().isPresent() || listed.contains(key)) {
                end(key, found);
            } else {
                make(key, recipe, found.known, found.pool);
            }
        }
    }

    synchronized List<LivePool> all() {
        var all = new ArrayList<LivePool>();
        pools.values().forEach(found -> all.add(found.pool));
        return all;
    }

    /// Whether the pools of the database are paused; false where there are none.
    synchronized boolean isPaused(String database) {
        return pools.entrySet().stream()
                .filter(entry -> entry.getKey().database().equals(database))
                .findFirst()
                .filter(entry -> entry.getValue().pool.servers().counts().paused())
                .isPresent();
    }

    synchronized int count(String database) {
        return (int) pools.keySet().stream()
                .filter(key -> key.database().equals(database))
                .count();
    }
}
