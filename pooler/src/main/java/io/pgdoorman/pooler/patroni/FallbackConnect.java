package io.pgdoorman.pooler.patroni;

import io.pgdoorman.pooler.net.Loop;
import io.pgdoorman.pooler.server.CloseReason;
import io.pgdoorman.pooler.server.ConnectFailure;
import io.pgdoorman.pooler.server.ServerConnection;
import io.pgdoorman.pooler.server.ServerConnector;
import io.pgdoorman.pooler.server.ServerRole;
import io.pgdoorman.pooler.server.ServerSettings;
import io.pgdoorman.pooler.stats.FallbackStats;
import io.pgdoorman.pooler.stats.ServerTrouble;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.SqlState;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/// One try to get a server at home or, while nobody is there, at a member. Belongs to its loop.
///
/// ```
/// home ─► the member in use ─► Patroni is asked ─► wave after wave of members
/// ```
final class FallbackConnect {
    /// So that servers of one member do not end together.
    private static final double LEAST_OF_LIFETIME = 0.8;

    /// Home, and who failed lately, get no longer: all wait for them, and mostly for nothing.
    private static final long SECOND_LOOK_NANOS = 1_000_000_000L;

    private final Fallback fallback;
    private final ServerSettings home;
    private final Loop loop;
    private final ServerConnector.Callback callback;
    private final FallbackSettings settings;
    private final long deadlineNanos;
    private final List<String> failures = new ArrayList<>();
    private boolean triedHome;

    FallbackConnect(Fallback fallback, ServerSettings home, Loop loop, ServerConnector.Callback callback) {
        this.fallback = fallback;
        this.home = home;
        this.loop = loop;
        this.callback = callback;
        this.settings = fallback.settings();
        this.deadlineNanos = now() + settings.times().whole().toNanos();
    }

    void begin() {
        if (fallback.isAway(home.hosts())) {
            goAway();
        } else {
            fallback.parts().opener().connect(home, loop, new AtHome());
        }
    }

    private final class AtHome implements ServerConnector.Callback {
        @Override
        public void connected(ServerConnection server) {
            fallback.homeServes(ServerRole.of(server.reported()).orElse(null));
            callback.connected(server);
        }

        @Override
        public void failed(ConnectFailure failure) {
            if (failure.kind().isAbsence() && fallback.isOn()) {
                triedHome = true;
                failures.add("home: " + failure.error().message());
                fallback.leave(home, loop, failure);
                goAway();
            } else {
                callback.failed(failure);
            }
        }
    }

    private void goAway() {
        var chosen = fallback.chosen(now());
        if (chosen == null) {
            seek();
            return;
        }
        fallback.stats().hit();
        open(chosen, new Landing() {
            @Override
            public void on(ServerConnection server) {
                arrived(chosen, server);
            }

            @Override
            public void none(ConnectFailure failure) {
                fallback.forget(chosen);
                seek();
            }
        });
    }

    // ---- looking for a member

    private void seek() {
        if (fallback.seeks(found -> loop.run(() -> told(found)))) {
            new Search().begin();
        }
    }

    /// Another one has looked.
    private void told(Fallback.Found found) {
        switch (found) {
            case Fallback.Found.At(var member) ->
                open(member, new Landing() {
                    @Override
                    public void on(ServerConnection server) {
                        arrived(member, server);
                    }

                    @Override
                    public void none(ConnectFailure failure) {
                        callback.failed(nobody());
                    }
                });
            case Fallback.Found.Nobody(var why) -> callback.failed(why);
        }
    }

    /// For all who want a server now.
    private final class Search {
        private boolean answered;

        void begin() {
            loop.later(this::tooLate, Math.max(0, deadlineNanos - now()));
            var _ = fallback.parts()
                    .patroni()
                    .ask(settings.apis(), settings.times().api(), fallback.stats())
                    .whenComplete((cluster, failure) -> loop.run(() -> answer(cluster, failure)));
        }

        private void tooLate() {
            if (!answered) {
                answered = true;
                failures.add("query_wait_timeout passed while Patroni was asked");
                end();
            }
        }

        private void answer(@Nullable Cluster cluster, @Nullable Throwable failure) {
            if (answered) {
                return;
            }
            answered = true;
            if (cluster == null) {
                failures.add(Patroni.reason(failure));
                end();
                return;
            }
            fallback.known(cluster);
            failures.addAll(cluster.leftOut());
            var waves = Waves.of(
                    cluster.members(),
                    new Waves.Home(home.hosts().addresses(), triedHome),
                    fallback.wanted(home.hosts().wanted()),
                    member -> fallback.isResting(member, now()));
            next(waves.iterator());
        }

        private void next(Iterator<List<Member>> waves) {
            if (!waves.hasNext()) {
                end();
            } else if (deadlineNanos - now() <= 0) {
                failures.add("query_wait_timeout passed");
                end();
            } else {
                new Race(waves.next(), () -> next(waves)).begin();
            }
        }

        private void end() {
            var nobody = nobody();
            fallback.found(new Fallback.Found.Nobody(nobody), now());
            callback.failed(nobody);
        }
    }

    /// The first of them that lets us in has won.
    private final class Race {
        private final List<Member> members;
        private final Runnable lost;
        private int running;
        private boolean won;

        Race(List<Member> members, Runnable lost) {
            this.members = members;
            this.lost = lost;
            this.running = members.size();
        }

        void begin() {
            members.forEach(member -> open(member, new Landing() {
                @Override
                public void on(ServerConnection server) {
                    running--;
                    if (won) {
                        server.close(CloseReason.UNNEEDED);
                        return;
                    }
                    won = true;
                    fallback.found(new Fallback.Found.At(member), now());
                    arrived(member, server);
                }

                @Override
                public void none(ConnectFailure failure) {
                    if (--running == 0 && !won) {
                        lost.run();
                    }
                }
            }));
        }
    }

    // ---- one member

    private interface Landing {
        void on(ServerConnection server);

        void none(ConnectFailure failure);
    }

    private void open(Member member, Landing landing) {
        var hosts = new ServerSettings.Hosts(
                List.of(member.address()), fallback.wanted(home.hosts().wanted()), false);
        long most = settings.times().connect().toNanos();
        if (isHome(member) || fallback.isResting(member, now())) {
            most = Math.min(most, SECOND_LOOK_NANOS);
        }
        long left = Math.min(most, deadlineNanos - now());
        int millis = Math.clamp(left / 1_000_000, 1, Integer.MAX_VALUE);
        fallback.parts().opener().connect(home.at(hosts, millis), loop, new ServerConnector.Callback() {
            @Override
            public void connected(ServerConnection server) {
                landing.on(server);
            }

            @Override
            public void failed(ConnectFailure failure) {
                failures.add(member.name() + ": " + failure.error().message());
                if (!isHome(member)) {
                    fallback.stats().failed(reason(failure.kind()));
                }
                switch (failure.kind()) {
                    case SILENT -> fallback.failed(member, now());
                    case UNREACHABLE, CLOSED -> {
                        if (!isHome(member)) { // it may be in a restart, and to ask it costs next to nothing
                            fallback.failed(member, now());
                        }
                    }
                    case UNFIT, FULL, REFUSED, OURS -> {} // it is there, and may be what another login wants
                }
                landing.none(failure);
            }
        });
    }

    private static FallbackStats.Reason reason(ConnectFailure.Kind kind) {
        return switch (kind) {
            case UNREACHABLE -> FallbackStats.Reason.CONNECT_ERROR;
            case SILENT -> FallbackStats.Reason.TIMEOUT;
            case CLOSED, FULL -> FallbackStats.Reason.SERVER_UNAVAILABLE;
            case REFUSED -> FallbackStats.Reason.STARTUP_ERROR;
            case UNFIT, OURS -> FallbackStats.Reason.OTHER;
        };
    }

    private boolean isHome(Member member) {
        return home.hosts().addresses().contains(member.address());
    }

    private void arrived(Member member, ServerConnection server) {
        if (isHome(member)) {
            fallback.homeServes(ServerRole.of(server.reported()).orElse(null));
            callback.connected(server);
            return;
        }
        fallback.stats().connected();
        double part = LEAST_OF_LIFETIME
                + (1 - LEAST_OF_LIFETIME) * ThreadLocalRandom.current().nextDouble();
        // weak, as one that is closed before is not to be kept for that
        var aging = new WeakReference<>(server);
        loop.later(() -> retire(aging), (long) (settings.lifetime().toNanos() * part));
        callback.connected(server);
    }

    private static void retire(WeakReference<ServerConnection> aging) {
        var server = aging.get();
        if (server != null) {
            server.retire(CloseReason.FALLBACK_LIFETIME);
        }
    }

    /// Another try may find somebody: home comes back, or a standby is promoted.
    private ConnectFailure nobody() {
        var text = "no server for database \"" + home.login().database()
                + "\", neither at home nor at another member of the Patroni cluster: "
                + (failures.isEmpty() ? "it has none" : String.join("; ", failures));
        return new ConnectFailure(
                PgError.fatal(SqlState.CONNECTION_FAILURE, text),
                true,
                ServerTrouble.Kind.UNREACHABLE,
                ConnectFailure.Kind.UNREACHABLE);
    }

    private long now() {
        return fallback.parts().clock().getAsLong();
    }
}
