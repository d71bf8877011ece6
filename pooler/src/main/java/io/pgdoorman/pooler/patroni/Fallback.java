package io.pgdoorman.pooler.patroni;

import io.pgdoorman.pooler.net.Loop;
import io.pgdoorman.pooler.server.CloseReason;
import io.pgdoorman.pooler.server.ConnectFailure;
import io.pgdoorman.pooler.server.ServerConnection;
import io.pgdoorman.pooler.server.ServerConnector;
import io.pgdoorman.pooler.server.ServerOpener;
import io.pgdoorman.pooler.server.ServerRole;
import io.pgdoorman.pooler.server.ServerSettings;
import io.pgdoorman.pooler.server.WantedRole;
import io.pgdoorman.pooler.stats.FallbackStats;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The way to the servers of one database: home, where the configuration says, and while nobody is there, a member of
/// the Patroni cluster. All pools of the database share what one of them found out. Guarded by its monitor; any
/// thread.
///
/// ```
/// Home ──nobody is there──► Away ──a look after a cooldown, or a search, finds somebody──► Home
/// ```
/// Who was served by a primary goes on with a primary, and home again only to a primary: neither a standby that waits
/// for its promotion nor a home that came back as a standby would do.
public final class Fallback implements ServerOpener {
    private static final Logger LOG = LoggerFactory.getLogger(Fallback.class);

    /// A member that failed is left alone so long at most.
    private static final long LONGEST_REST_NANOS = 60_000_000_000L;

    /// Home is not looked at more often.
    private static final long SHORTEST_COOLDOWN_NANOS = 100_000_000L;

    private static final String REPLICATION = "replication";

    private final Fallbacks.Parts parts;
    private final FallbackStats stats;
    private final Map<ServerSettings.Address, Rest> rests = new HashMap<>();
    private volatile FallbackSettings settings = FallbackSettings.OFF;
    private volatile State state = new State.Home();
    private volatile @Nullable ServerRole homeRole;
    private long journeys;

    /// Those who wait for the one that looks for a member; null while nobody looks.
    private @Nullable List<Consumer<Found>> waiting;

    private sealed interface State {
        record Home() implements State {}

        /// @param home where nobody is
        /// @param wanted which members will do
        /// @param chosen null while none is known that will do
        record Away(
                ServerSettings.Hosts home,
                WantedRole wanted,
                @Nullable Chosen chosen) implements State {
            Away choosing(@Nullable Chosen member) {
                return new Away(home, wanted, member);
            }
        }
    }

    private record Chosen(Member member, long untilNanos) {}

    /// Of a member that failed.
    private record Rest(long nanos, long untilNanos) {}

    /// What came of looking for a member.
    sealed interface Found {
        record At(Member member) implements Found {}

        record Nobody(ConnectFailure why) implements Found {}
    }

    Fallback(String database, Fallbacks.Parts parts) {
        this.parts = parts;
        this.stats = new FallbackStats(database);
    }

    public FallbackStats stats() {
        return stats;
    }

    boolean isOn() {
        return settings.isOn();
    }

    FallbackSettings settings() {
        return settings;
    }

    Fallbacks.Parts parts() {
        return parts;
    }

    /// These hold for what begins from now on.
    synchronized void apply(FallbackSettings changed) {
        settings = changed;
        if (!changed.isOn()) {
            home("the configuration has no patroni_api_urls");
        }
    }

    @Override
    public void connect(ServerSettings home, Loop loop, ServerConnector.Callback callback) {
        if (settings.isOn()) {
            loop.run(() -> new FallbackConnect(this, home, loop, callback).begin());
        } else {
            parts.opener().connect(home, loop, callback);
        }
    }

    // ---- home or away

    /// @param home where it is by now
    synchronized boolean isAway(ServerSettings.Hosts home) {
        if (state instanceof State.Away away && !away.home().equals(home)) {
            home("the configuration names other hosts");
        }
        return state instanceof State.Away;
    }

    /// A server at home is ready.
    void homeServes(@Nullable ServerRole role) {
        homeRole = role;
    }

    /// Nobody is at home.
    synchronized void leave(ServerSettings home, Loop loop, ConnectFailure why) {
        if (state instanceof State.Away || !settings.isOn()) {
            return;
        }
        var role = homeRole;
        boolean wasPrimary = role != null && !role.inRecovery();
        var configured = home.hosts().wanted();
        become(new State.Away(
                home.hosts(), configured == WantedRole.ANY && wasPrimary ? WantedRole.PRIMARY : configured, null));
        stats.away(null);
        LOG.atWarn()
                .setMessage("nobody is at home, Patroni is asked")
                .addKeyValue("database", stats.database())
                .addKeyValue("reason", why.error().message())
                .log();
        lookLater(asOfAPool(home), loop, ++journeys);
    }

    /// Which servers will do.
    WantedRole wanted(WantedRole configured) {
        return state instanceof State.Away away ? away.wanted() : configured;
    }

    private boolean isHome(ServerSettings.Address address) {
        return state instanceof State.Away away && away.home().addresses().contains(address);
    }

    private void become(State next) {
        LOG.atTrace()
                .setMessage("state of the fallback")
                .addKeyValue("database", stats.database())
                .addKeyValue("state", next)
                .log();
        state = next;
    }

    // ---- the member in use

    /// The member that was chosen lately, null for none.
    @Nullable
    Member chosen(long now) {
        return state instanceof State.Away away
                        && away.chosen() != null
                        && now - away.chosen().untilNanos() < 0
                ? away.chosen().member()
                : null;
    }

    private void choose(Member member, long now) {
        rests.remove(member.address());
        if (!(state instanceof State.Away away)) {
            return;
        }
        if (isHome(member.address())) {
            home("somebody is there again");
            return;
        }
        become(away.choosing(new Chosen(member, now + settings.cooldown().toNanos())));
        var address = member.address();
        stats.away(new FallbackStats.Place(address.host(), address.port()));
        var before = away.chosen();
        if (before == null || !before.member().address().equals(address)) {
            LOG.atWarn()
                    .setMessage("servers come from another member of the Patroni cluster")
                    .addKeyValue("database", stats.database())
                    .addKeyValue("server", member)
                    .log();
        }
    }

    /// The member is not what it was when it was chosen.
    synchronized void forget(Member member) {
        if (state instanceof State.Away away
                && away.chosen() != null
                && away.chosen().member().equals(member)) {
            become(away.choosing(null));
            stats.away(null);
        }
    }

    // ---- members that failed

    /// It did not answer, or let nobody in.
    synchronized void failed(Member member, long now) {
        var before = rests.get(member.address());
        long least = settings.times().connect().toNanos();
        long rest = before == null ? least : Math.max(least, Math.min(before.nanos() * 2, LONGEST_REST_NANOS));
        rests.put(member.address(), new Rest(rest, now + rest));
    }

    synchronized boolean isResting(Member member, long now) {
        var rest = rests.get(member.address());
        return rest != null && now - rest.untilNanos() < 0;
    }

    // ---- one looks for a member, the others wait for it

    /// @param told, on any thread, of what another one finds
    /// @return whether it is the caller who looks, and then has to tell what was [#found]
    synchronized boolean seeks(Consumer<Found> told) {
        if (waiting == null) {
            waiting = new ArrayList<>();
            return true;
        }
        waiting.add(told);
        return false;
    }

    /// Patroni has answered.
    synchronized void known(Cluster cluster) {
        var known = cluster.members().stream().map(Member::address).toList();
        rests.keySet().removeIf(address -> !known.contains(address) && !isHome(address));
    }

    void found(Found what, long now) {
        List<Consumer<Found>> told;
        synchronized (this) {
            told = waiting == null ? List.of() : waiting;
            waiting = null;
            if (what instanceof Found.At(var member)) {
                choose(member, now);
            }
        }
        told.forEach(each -> each.accept(what));
    }

    // ---- the way back

    /// A look takes no walsender.
    private static ServerSettings asOfAPool(ServerSettings home) {
        if (!home.startupParameters().containsKey(REPLICATION)) {
            return home;
        }
        var parameters = new HashMap<>(home.startupParameters());
        parameters.remove(REPLICATION);
        return home.with(parameters);
    }

    private void lookLater(ServerSettings home, Loop loop, long journey) {
        loop.later(
                () -> look(home, loop, journey),
                Math.max(SHORTEST_COOLDOWN_NANOS, settings.cooldown().toNanos()));
    }

    /// Opens a server at home for which nobody waits: where nobody answers, a client would wait for nothing.
    private void look(ServerSettings home, Loop loop, long journey) {
        if (!isOnJourney(journey)) {
            return;
        }
        var there = home.at(home.hosts().wanting(wanted(home.hosts().wanted())), home.connectTimeoutMillis());
        parts.opener().connect(there, loop, new ServerConnector.Callback() {
            @Override
            public void connected(ServerConnection server) {
                server.close(CloseReason.UNNEEDED);
                arrive("somebody is there again");
            }

            @Override
            public void failed(ConnectFailure failure) {
                switch (failure.kind()) {
                    case FULL, REFUSED -> arrive(failure.error().message());
                    case UNREACHABLE, SILENT, CLOSED, UNFIT, OURS -> lookLater(home, loop, journey);
                }
            }

            private void arrive(String reason) {
                if (isOnJourney(journey)) {
                    home(reason);
                }
            }
        });
    }

    private synchronized boolean isOnJourney(long journey) {
        return journey == journeys && state instanceof State.Away;
    }

    private synchronized void home(String reason) {
        if (state instanceof State.Away) {
            become(new State.Home());
            rests.clear();
            stats.home();
            LOG.atInfo()
                    .setMessage("servers come from home again")
                    .addKeyValue("database", stats.database())
                    .addKeyValue("reason", reason)
                    .log();
        }
    }
}
