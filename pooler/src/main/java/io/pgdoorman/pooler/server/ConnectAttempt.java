package io.pgdoorman.pooler.server;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.pgdoorman.pooler.net.Dialer;
import io.pgdoorman.pooler.net.Loop;
import io.pgdoorman.pooler.net.Names;
import io.pgdoorman.pooler.stats.ProcessStats;
import io.pgdoorman.pooler.stats.ServerTrouble;
import io.pgdoorman.pooler.wire.Frontend;
import io.pgdoorman.pooler.wire.FrontendWriter;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.SqlState;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// One try to get a server: resolves the hosts, then goes from address to address until one lets us in and is what is
/// wanted. Belongs to its loop.
///
/// All of it shares connect_timeout: each address gets an equal part of what is left, so that one that does not answer
/// never takes the time of the next.
final class ConnectAttempt {
    private final Parts parts;
    private final ServerSettings settings;
    private final Loop loop;
    private final Outcome outcome;
    private final long deadlineNanos;
    private final List<Endpoint> endpoints = new ArrayList<>();
    private final ArrayDeque<Endpoint> left = new ArrayDeque<>();
    private final Map<String, LoginFailure> failures = new LinkedHashMap<>();
    private int unresolved;
    private boolean isTrying;
    private boolean settlesForAny;

    /// What all attempts share.
    ///
    /// @param clock nanoseconds
    /// @param crypto where keys are derived
    record Parts(
            Dialer dialer, HostBook book, LongSupplier clock, ProcessStats stats, Silence silence, Executor crypto) {}

    /// Told once, on the attempt's loop.
    interface Outcome {
        void connected(ChannelHandlerContext ctx, ServerConnection.Origin origin, ServerLogin.Welcome welcome);

        void failed(ConnectFailure failure);
    }

    /// Told of an address that does not answer: connections to it may be dead without knowing.
    interface Silence {
        void noticed(Endpoint endpoint);
    }

    ConnectAttempt(Parts parts, ServerSettings settings, Loop loop, Outcome outcome) {
        this.parts = parts;
        this.settings = settings;
        this.loop = loop;
        this.outcome = outcome;
        this.deadlineNanos = parts.clock().getAsLong() + settings.connectTimeoutMillis() * 1_000_000L;
    }

    // ---- resolve

    void begin() {
        var hosts = settings.hosts().addresses();
        unresolved = hosts.size();
        if (hosts.size() > 1) {
            // A name that nobody answers must not hold up the hosts that are known.
            loop.later(this::tryWhatIsKnown, settings.connectTimeoutMillis() * 1_000_000L / 2);
        }
        for (var host : hosts) {
            if (host.isFolder()) {
                endpoints.add(new Endpoint(host, parts.dialer().address(Path.of(host.socketFile()))));
                resolved();
            } else {
                parts.dialer().resolve(loop, host.host(), answer -> {
                    answered(host, answer);
                    resolved();
                });
            }
        }
    }

    private void answered(ServerSettings.Address host, Names.Answer answer) {
        switch (answer) {
            case Names.Answer.Found(var addresses) ->
                addresses.forEach(address ->
                        endpoints.add(new Endpoint(host, parts.dialer().address(address, host.port()))));
            case Names.Answer.Unknown(var reason) -> failures.put(host.toString(), LoginFailure.lost(reason));
        }
    }

    private void resolved() {
        if (--unresolved == 0) {
            tryWhatIsKnown();
        }
    }

    private void tryWhatIsKnown() {
        if (!isTrying) {
            isTrying = true;
            // Answers came in any order.
            var hosts = settings.hosts().addresses();
            endpoints.sort(Comparator.comparingInt(endpoint -> hosts.indexOf(endpoint.host())));
            left.addAll(parts.book()
                    .order(endpoints, settings.hosts(), parts.clock().getAsLong(), ThreadLocalRandom.current()));
            next();
        }
    }

    // ---- one after the other

    private void next() {
        var endpoint = left.poll();
        if (endpoint == null && settings.hosts().wanted() == WantedRole.PREFER_STANDBY && !settlesForAny) {
            settlesForAny = true;
            left.addAll(parts.book()
                    .order(endpoints, settings.hosts(), parts.clock().getAsLong(), ThreadLocalRandom.current()));
            endpoint = left.poll();
        }
        long now = parts.clock().getAsLong();
        int millis = (int) ((deadlineNanos - now) / 1_000_000 / (left.size() + 1));
        if (endpoint == null || millis <= 0) {
            failed();
            return;
        }
        attempt(new Tried(settings, endpoint, settings.tls().ways(endpoint.host()), now + millis * 1_000_000L));
    }

    private void attempt(Tried tried) {
        var endpoint = tried.endpoint;
        int millis = (int) ((tried.untilNanos - parts.clock().getAsLong()) / 1_000_000);
        var steps = new ConnectSteps(parts.stats(), parts.clock());
        var login = new ServerLogin(tried.asked, endpoint, steps, Math.max(1, millis), tried, parts.crypto());
        tried.login = login;
        var way = tried.ways.getFirst();
        ChannelHandler first = login;
        if (way != ServerTls.Way.PLAIN) {
            var wish =
                    new TlsRequest.Wish(settings.tls().live().get(), endpoint.host(), way == ServerTls.Way.ENCRYPTED);
            first = new TlsRequest(login, wish, steps, login::end);
        }
        parts.dialer()
                .dial(
                        loop,
                        new Dialer.Target(endpoint.socket(), Math.max(1, millis), settings.socket()),
                        first,
                        login::dialFailed);
    }

    private final class Tried implements ServerLogin.Outcome {
        private final ServerSettings asked;
        private final Endpoint endpoint;
        private final List<ServerTls.Way> ways;
        private final long untilNanos;
        private @Nullable ServerLogin login;
        private @Nullable LoginFailure before;

        /// What PostgreSQL said of the password that is in use, when the one before is tried.
        private @Nullable LoginFailure refusal;

        /// @param asked the settings of the attempt, or those by what the user had before
        /// @param ways to go one after the other
        /// @param untilNanos when all of them must have been gone
        Tried(ServerSettings asked, Endpoint endpoint, List<ServerTls.Way> ways, long untilNanos) {
            this.asked = asked;
            this.endpoint = endpoint;
            this.ways = ways;
            this.untilNanos = untilNanos;
        }

        @Override
        public void loggedIn(ChannelHandlerContext ctx, ServerLogin.Welcome welcome) {
            var role = welcome.role();
            var wanted = settings.hosts().wanted();
            parts.book().answered(endpoint, role, parts.clock().getAsLong());
            if (role == null || wanted.fits(role) || settlesForAny) {
                outcome.connected(ctx, new ServerConnection.Origin(asked, endpoint), welcome);
                return;
            }
            var bye = ctx.alloc().buffer(5);
            FrontendWriter.bare(bye, Frontend.TERMINATE);
            var _ = ctx.writeAndFlush(bye);
            var _ = ctx.close();
            failures.put(endpoint.toString(), LoginFailure.unfit(role, wanted));
            next();
        }

        @Override
        public void failed(LoginFailure failure) {
            var first = refusal;
            if (first != null) {
                end(first);
            } else if (!triesFormer(failure)) {
                end(failure);
            }
        }

        private boolean triesFormer(LoginFailure failure) {
            var former = asked.login().former();
            long now = parts.clock().getAsLong();
            if (failure.kind() != LoginFailure.Kind.WRONG_PASSWORD
                    || former == null
                    || former.untilNanos() - now <= 0
                    || untilNanos - now <= 0) {
                return false;
            }
            var other = new Tried(asked.by(former), endpoint, ways, untilNanos);
            other.before = before;
            other.refusal = failure;
            attempt(other);
            return true;
        }

        private void end(LoginFailure failure) {
            long now = parts.clock().getAsLong();
            if (ways.size() > 1 && untilNanos - now > 0 && mayGoAnotherWay(failure)) {
                var other = new Tried(settings, endpoint, ways.subList(1, ways.size()), untilNanos);
                other.before = failure;
                attempt(other);
                return;
            }
            var first = before;
            failures.put(
                    endpoint.toString(),
                    first == null
                            ? failure
                            : failure.after(
                                    ways.getFirst() == ServerTls.Way.PLAIN ? "with TLS" : "without TLS", first));
            switch (failure.kind()) {
                case UNREACHABLE, CLOSED -> {
                    parts.book().failed(endpoint, HostBook.Failure.REFUSED, now);
                    next();
                }
                case SILENT -> {
                    parts.book().failed(endpoint, HostBook.Failure.SILENT, now);
                    parts.silence().noticed(endpoint);
                    next();
                }
                case FULL, UNFIT, INSECURE -> next();
                case OURS, FORBIDDEN, WRONG_PASSWORD, REFUSED -> ConnectAttempt.this.failed();
            }
        }

        /// As libpq does: rules that refuse one way may allow the other, and who only prefers TLS does without where
        /// it cannot be had. Where there was none in the first place, the other way would be the same.
        private boolean mayGoAnotherWay(LoginFailure failure) {
            return switch (failure.kind()) {
                case INSECURE -> true;
                case FORBIDDEN, WRONG_PASSWORD ->
                    ways.getFirst() == ServerTls.Way.PLAIN || (login != null && login.isEncrypted());
                case UNREACHABLE, CLOSED, SILENT, FULL, UNFIT, OURS, REFUSED -> false;
            };
        }
    }

    // ---- none

    private void failed() {
        boolean temporary = failures.values().stream().allMatch(LoginFailure::isTemporary);
        for (var failure : failures.values()) {
            var verbatim = failure.verbatim();
            if (verbatim != null) {
                outcome.failed(new ConnectFailure(verbatim, temporary, failure.trouble(), failure.seen()));
                return;
            }
        }
        boolean ours = failures.values().stream().anyMatch(each -> each.kind() == LoginFailure.Kind.OURS);
        outcome.failed(new ConnectFailure(
                PgError.fatal(ours ? SqlState.INSUFFICIENT_RESOURCES : SqlState.CONNECTION_FAILURE, text()),
                temporary,
                trouble(),
                seen()));
    }

    /// One that was there says more than those that were not.
    private ConnectFailure.Kind seen() {
        return failures.values().stream()
                .map(LoginFailure::seen)
                .max(Comparator.naturalOrder())
                .orElse(ConnectFailure.Kind.UNREACHABLE);
    }

    /// What stays as it is says more than what passes.
    private ServerTrouble.@Nullable Kind trouble() {
        ServerTrouble.Kind passing = null;
        for (var failure : failures.values()) {
            if (!failure.isTemporary()) {
                return failure.trouble();
            }
            passing = passing == null ? failure.trouble() : passing;
        }
        return passing;
    }

    private String text() {
        var database = " for database \"" + settings.login().database() + "\": ";
        if (failures.isEmpty()) {
            return "cannot connect to " + settings.hosts() + database + "connect_timeout passed while names resolved";
        }
        if (failures.size() == 1) {
            var only = failures.entrySet().iterator().next();
            return "cannot connect to server " + only.getKey() + database
                    + only.getValue().reason();
        }
        return "none of the servers can be used" + database
                + failures.entrySet().stream()
                        .map(each -> each.getKey() + " " + each.getValue().reason())
                        .collect(Collectors.joining("; "));
    }
}
