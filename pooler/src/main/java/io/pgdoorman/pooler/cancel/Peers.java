package io.pgdoorman.pooler.cancel;

import io.pgdoorman.pooler.net.Courier;
import io.pgdoorman.pooler.net.Dialer;
import io.pgdoorman.pooler.net.Loop;
import io.pgdoorman.pooler.net.Names;
import io.pgdoorman.pooler.net.SocketSettings;
import io.pgdoorman.pooler.wire.FrontendWriter;
import java.net.InetAddress;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The other poolers of a fleet, for cancel requests that come to the wrong one: a client that connects anew to cancel
/// is sent anywhere by a load balancer. The key says whose it is, as with PgBouncer's peers. Thread-safe.
///
/// Who is passed a request passes it on to nobody, since the key has its own mark: requests cannot go round.
public final class Peers {
    private static final Logger LOG = LoggerFactory.getLogger(Peers.class);
    private static final Duration LIMIT = Duration.ofSeconds(5);

    /// Who may send cancel requests needs no password; beyond so many at a time they are dropped.
    public static final int MOST = 64;

    private final Dialer dialer;
    private final AtomicInteger underWay = new AtomicInteger();
    private volatile Fleet fleet = new Fleet(List.of(), 0);

    /// @param hosts names and addresses that lead to all poolers of the fleet
    /// @param own mark of this pooler
    private record Fleet(List<Host> hosts, int own) {}

    /// Where poolers are: all addresses of a name.
    public record Host(String name, int port) {}

    public Peers(Dialer dialer) {
        this.dialer = dialer;
    }

    /// From now on these are the fleet; without hosts there is none.
    public void apply(List<Host> hosts, InetAddress listen) {
        try {
            fleet = new Fleet(List.copyOf(hosts), PeerId.own(listen));
        } catch (SocketException e) {
            fleet = new Fleet(List.of(), 0);
            LOG.atWarn()
                    .setMessage("cancel requests for other poolers are not passed on")
                    .addKeyValue("reason", e.getMessage())
                    .log();
        }
    }

    /// Makes a fresh secret one of this pooler.
    void mark(byte[] secret) {
        var now = fleet;
        if (!now.hosts().isEmpty()) {
            PeerId.mark(secret, now.own());
        }
    }

    /// Whether a key is of another pooler.
    boolean isTheirs(byte[] secret) {
        var now = fleet;
        var id = PeerId.in(secret);
        return !now.hosts().isEmpty() && id.isPresent() && id.getAsInt() != now.own();
    }

    /// A pooler of the fleet, as its names lead to it now.
    public record Peer(int id, InetAddress address, int port) {}

    /// All of them, this one too; names without addresses lead to none. Any thread.
    public CompletionStage<List<Peer>> all() {
        CompletionStage<List<Peer>> all = CompletableFuture.completedFuture(List.of());
        for (var host : fleet.hosts()) {
            var found = new CompletableFuture<List<Peer>>();
            dialer.resolve(dialer.loops().loop(0), host.name(), answer -> found.complete(peers(host, answer)));
            all = all.thenCombine(
                    found,
                    (some, more) -> Stream.concat(some.stream(), more.stream()).toList());
        }
        return all;
    }

    private static List<Peer> peers(Host host, Names.Answer answer) {
        return answer instanceof Names.Answer.Found(var addresses)
                ? addresses.stream()
                        .map(address -> new Peer(PeerId.of(address), address, host.port()))
                        .toList()
                : List.of();
    }

    /// Passes a request on to the pooler whose key it is.
    ///
    /// @param ended called once, when that pooler has answered or cannot be told
    void cancel(int pid, byte[] secret, Runnable ended) {
        var id = PeerId.in(secret);
        if (id.isEmpty() || underWay.incrementAndGet() > MOST) {
            underWay.decrementAndGet();
            ended.run();
            return;
        }
        var now = fleet;
        var loop = dialer.loops().loop(Math.floorMod(pid, dialer.loops().count()));
        var errand = new Errand(id.getAsInt(), pid, secret, () -> {
            underWay.decrementAndGet();
            ended.run();
        });
        errand.left = now.hosts().size();
        for (var host : now.hosts()) {
            dialer.resolve(loop, host.name(), answer -> errand.to(loop, host, answer));
        }
    }

    /// One request, to all whose mark it bears; on one loop.
    private final class Errand {
        private final int id;
        private final int pid;
        private final byte[] secret;
        private final Runnable ended;
        private int left;

        Errand(int id, int pid, byte[] secret, Runnable ended) {
            this.id = id;
            this.pid = pid;
            this.secret = secret;
            this.ended = ended;
        }

        void to(Loop loop, Host host, Names.Answer answer) {
            if (answer instanceof Names.Answer.Found(var addresses)) {
                for (var address : addresses) {
                    if (PeerId.of(address) == id) {
                        left++;
                        var target = new Dialer.Target(
                                dialer.address(address, host.port()), (int) LIMIT.toMillis(), SocketSettings.DEFAULT);
                        Courier.send(
                                dialer,
                                loop,
                                new Courier.Errand(target, out -> FrontendWriter.cancel(out, pid, secret)),
                                this::done);
                    }
                }
            }
            done();
        }

        void done() {
            left--;
            if (left == 0) {
                ended.run();
            }
        }
    }
}
