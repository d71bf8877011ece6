package io.pgdoorman.pooler.net;

import io.netty.channel.EventLoop;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// From names to addresses, without ever stopping an event loop: answers are kept as long as their TTL says, one
/// question at a time is asked for a name, and names in use are asked for anew as soon as their time is over, so that
/// a change is noticed though nobody connects. While there is no answer the last known addresses serve on.
///
/// State belongs to one event loop, its home; questions block on virtual threads.
public final class Names {
    private static final Logger LOG = LoggerFactory.getLogger(Names.class);

    /// A TTL of zero would ask for each connection of a storm.
    private static final Duration SHORTEST = Duration.ofSeconds(1);

    /// With old addresses at hand nobody waits longer for new ones.
    private static final long PATIENCE_MILLIS = 300;

    private final EventLoop home;
    private final NameSource source;
    private final LongSupplier clock;
    private final Map<String, Entry> entries = new HashMap<>();
    private Set<String> watched = Set.of();
    private volatile NameSettings settings = NameSettings.DEFAULT;
    private volatile Vanished vanished = (_, _) -> {};

    /// What a name stands for.
    public sealed interface Answer {
        /// @param addresses at least one, in the order to try them
        record Found(List<InetAddress> addresses) implements Answer {}

        record Unknown(String reason) implements Answer {}
    }

    /// Told, on the home loop, of addresses that a name no longer leads to.
    public interface Vanished {
        void from(String host, Set<InetAddress> addresses);
    }

    private static final class Entry {
        private List<InetAddress> addresses = List.of();
        private long freshUntilNanos;
        private long staleUntilNanos;
        private @Nullable String failure;
        private boolean asking;
        private List<Consumer<Answer>> waiting = new ArrayList<>();
    }

    Names(EventLoop home, NameSource source, LongSupplier clock) {
        this.home = home;
        this.source = source;
        this.clock = clock;
    }

    private Names(Loops loops, LongSupplier clock) {
        this.home = loops.besideLoop();
        this.source = new DnsSource(home, loops.transport(), () -> settings);
        this.clock = clock;
    }

    /// Names as hosts file and name servers tell them.
    public static Names of(Loops loops, LongSupplier clock) {
        return new Names(loops, clock);
    }

    /// Begins to ask anew for names in use.
    public void start() {
        var _ = home.scheduleWithFixedDelay(this::tick, 1, 1, TimeUnit.SECONDS);
    }

    /// From now on these settings hold, and these names are in use; any thread.
    public void apply(NameSettings changed, Set<String> inUse) {
        settings = changed;
        home.execute(() -> {
            watched = Set.copyOf(inUse);
            entries.entrySet().removeIf(known -> !watched.contains(known.getKey()) && !known.getValue().asking);
        });
    }

    public void onVanished(Vanished watcher) {
        vanished = watcher;
    }

    /// @param done called once, at once or later and on any thread
    public void resolve(String host, Consumer<Answer> done) {
        if (NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host)) {
            done.accept(literal(host));
        } else if (home.inEventLoop()) {
            find(host, done);
        } else {
            home.execute(() -> find(host, done));
        }
    }

    private static Answer literal(String host) {
        try {
            return new Answer.Found(List.of(InetAddress.getByName(host)));
        } catch (UnknownHostException unknown) {
            return new Answer.Unknown("invalid address \"" + host + "\"");
        }
    }

    /// A name and what is known of it.
    ///
    /// @param ttl until it is asked for anew
    public record Known(String host, Duration ttl, List<InetAddress> addresses) {}

    /// All names that are known now, in order.
    public CompletionStage<List<Known>> known() {
        return CompletableFuture.supplyAsync(
                () -> {
                    long now = clock.getAsLong();
                    return entries.entrySet().stream()
                            .map(entry -> new Known(
                                    entry.getKey(),
                                    Duration.ofNanos(Math.max(0, entry.getValue().freshUntilNanos - now)),
                                    entry.getValue().addresses))
                            .sorted(Comparator.comparing(Known::host))
                            .toList();
                },
                home);
    }

    // ---- on the home loop

    private void find(String host, Consumer<Answer> done) {
        var entry = entries.computeIfAbsent(host, _ -> new Entry());
        long now = clock.getAsLong();
        boolean known = !entry.addresses.isEmpty();
        if (known || entry.failure != null) {
            boolean fresh = entry.freshUntilNanos - now > 0;
            // Once the name servers failed, nobody waits for them as long as the old addresses hold.
            if (fresh || (known && entry.failure != null && isUsable(entry, now))) {
                done.accept(answer(host, entry, now));
                if (!fresh) {
                    ask(host, entry);
                }
                return;
            }
        }
        entry.waiting.add(done);
        ask(host, entry);
        if (known && isUsable(entry, now)) {
            var _ = home.schedule(() -> answerWaiting(host, entry), PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private static boolean isUsable(Entry entry, long now) {
        return entry.staleUntilNanos - now > 0;
    }

    private Answer answer(String host, Entry entry, long now) {
        var failure = entry.failure;
        return entry.addresses.isEmpty() || (failure != null && !isUsable(entry, now))
                ? new Answer.Unknown("cannot resolve host name \"" + host + "\": " + failure)
                : new Answer.Found(entry.addresses);
    }

    private void answerWaiting(String host, Entry entry) {
        var waiting = entry.waiting;
        entry.waiting = new ArrayList<>();
        var answer = answer(host, entry, clock.getAsLong());
        waiting.forEach(done -> done.accept(answer));
    }

    private void ask(String host, Entry entry) {
        if (entry.asking) {
            return;
        }
        entry.asking = true;
        Thread.startVirtualThread(() -> {
            try {
                var found = source.look(host);
                home.execute(() -> found(host, entry, found));
            } catch (UnknownHostException unknown) {
                home.execute(() -> failed(host, entry, String.valueOf(unknown.getMessage())));
            } catch (RuntimeException bug) {
                LOG.atError()
                        .setMessage("error while resolving a name")
                        .setCause(bug)
                        .log();
                home.execute(() -> failed(host, entry, String.valueOf(bug.getMessage())));
            }
        });
    }

    private void found(String host, Entry entry, NameSource.Found found) {
        var gone = new HashSet<>(entry.addresses);
        found.addresses().forEach(gone::remove);
        if (entry.failure != null && !entry.addresses.isEmpty()) {
            LOG.atInfo()
                    .setMessage("name is resolved again")
                    .addKeyValue("server", host)
                    .log();
        }
        long ttl = Math.clamp(
                found.ttl().toNanos(),
                SHORTEST.toNanos(),
                Math.max(SHORTEST.toNanos(), settings.maxTtl().toNanos()));
        long now = clock.getAsLong();
        entry.asking = false;
        entry.failure = null;
        entry.addresses = found.addresses();
        entry.freshUntilNanos = now + ttl;
        entry.staleUntilNanos = entry.freshUntilNanos + settings.keepStale().toNanos();
        answerWaiting(host, entry);
        if (!gone.isEmpty()) {
            LOG.atInfo()
                    .setMessage("name leads elsewhere")
                    .addKeyValue("server", host)
                    .addKeyValue("reason", gone + " vanished, now " + found.addresses())
                    .log();
            vanished.from(host, gone);
        }
    }

    private void failed(String host, Entry entry, String reason) {
        if (entry.failure == null) {
            LOG.atWarn()
                    .setMessage("name cannot be resolved")
                    .addKeyValue("server", host)
                    .addKeyValue("reason", reason)
                    .log();
        }
        entry.asking = false;
        entry.failure = reason;
        entry.freshUntilNanos = clock.getAsLong() + settings.retryAfter().toNanos();
        answerWaiting(host, entry);
    }

    /// Names in use are asked for anew when their time is over.
    void tick() {
        long now = clock.getAsLong();
        for (var host : watched) {
            if (NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host)) {
                continue;
            }
            var entry = entries.computeIfAbsent(host, _ -> new Entry());
            if (entry.freshUntilNanos - now <= 0 || (entry.addresses.isEmpty() && entry.failure == null)) {
                ask(host, entry);
            }
        }
    }
}
