package io.pgdoorman.pooler.client;

import io.netty.channel.ChannelHandlerContext;
import io.pgdoorman.pooler.auth.OutsideCheck;
import io.pgdoorman.pooler.cancel.CancelKey;
import io.pgdoorman.pooler.net.Line;
import io.pgdoorman.pooler.net.LineUser;
import io.pgdoorman.pooler.net.Lines;
import io.pgdoorman.pooler.net.Loop;
import io.pgdoorman.pooler.server.CloseReason;
import io.pgdoorman.pooler.server.ConnectFailure;
import io.pgdoorman.pooler.server.ServerConnection;
import io.pgdoorman.pooler.server.ServerConnector;
import io.pgdoorman.pooler.session.ParameterSet;
import io.pgdoorman.pooler.session.StartupOptions;
import io.pgdoorman.pooler.session.StartupOptions.Purpose;
import io.pgdoorman.pooler.stats.ProcessStats.Reason;
import io.pgdoorman.pooler.wire.Backend;
import io.pgdoorman.pooler.wire.BackendWriter;
import io.pgdoorman.pooler.wire.FirstPacket;
import io.pgdoorman.pooler.wire.PgError;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Between a client's proof and its first query: PostgreSQL's parameters greet it, and its successor takes the
/// connection. Belongs to the loop of the door until then, and to the loop that the client goes to from then on.
final class Reception {
    private static final Logger LOG = LoggerFactory.getLogger(Reception.class);
    private static final String APPLICATION_NAME = "application_name";
    private static final AtomicLong IDS = new AtomicLong();

    private final Building building;
    private final Porch porch;
    private final ChannelHandlerContext ctx;
    private final Arrival arrival;
    private final ClientPool pool;
    private final Loop loop;
    private @Nullable GreetingInquiry inquiry;
    private boolean abandoned;

    /// Who comes in.
    ///
    /// @param pool that serves the client
    /// @param welcomed runs when it is in
    record Arrival(
            FirstPacket.Startup startup, Login.Wish wish, Admission admission, ClientPool pool, Runnable welcomed) {}

    Reception(Building building, Porch porch, ChannelHandlerContext ctx, Arrival arrival) {
        this.building = building;
        this.porch = porch;
        this.ctx = ctx;
        this.arrival = arrival;
        this.pool = arrival.pool();
        this.loop = building.loops().next();
    }

    void begin() {
        if (arrival.wish().purpose() != Purpose.QUERIES) {
            replicate();
            return;
        }
        var known = pool.greeting(wanted());
        if (known != null) {
            greet(known);
            return;
        }
        var asked = new GreetingInquiry(pool, wanted(), loop, new GreetingInquiry.Asker() {
            @Override
            public void told(Map<String, String> reported) {
                atTheDoor(() -> greet(reported));
            }

            @Override
            public void refused(Reason reason, PgError error) {
                atTheDoor(() -> refuse(reason, error));
            }
        });
        inquiry = asked;
        asked.begin();
    }

    /// The settings to be applied to servers, without those that the operator set; none when the pool does not
    /// synchronize them.
    private ParameterSet wanted() {
        var behaviour = pool.behaviour();
        return behaviour.relay().syncParameters()
                ? settings().without(behaviour.session().managed())
                : ParameterSet.EMPTY;
    }

    private ParameterSet settings() {
        return arrival.admission()
                .as()
                .map(as -> arrival.wish().settings().with(APPLICATION_NAME, as.applicationName(), null))
                .orElse(arrival.wish().settings());
    }

    /// Back where the connection is, unless it is gone.
    private void atTheDoor(Runnable task) {
        ctx.executor().execute(() -> {
            if (!abandoned) {
                task.run();
            }
        });
    }

    private void greet(Map<String, String> reported) {
        goIn(line -> {
            var client = new ClientConnection(building, pool, line, guest(reported));
            arrival.admission().lasts().ifPresent(left -> client.leavesAt(new Curfew(client, line, left)));
            welcome(line, client.begin(secretLength()), reported, client);
        });
    }

    /// From the door to the loop where it is served.
    private void goIn(Consumer<Line> served) {
        porch.goesIn();
        Lines.over(
                ctx,
                loop,
                line -> loop.pace().enter(() -> {
                    if (abandoned) {
                        line.close();
                    } else {
                        served.accept(line);
                    }
                }));
    }

    /// A walsender is connected for this client alone; what PostgreSQL has against it is said at once.
    private void replicate() {
        var walsenders = pool.walsenders();
        if (walsenders == null) {
            throw new IllegalStateException("a pool without a source of servers");
        }
        walsenders.connect(
                StartupOptions.forWalsender(arrival.startup().parameters()), loop, new ServerConnector.Callback() {
                    @Override
                    public void connected(ServerConnection server) {
                        ctx.executor().execute(() -> stream(server));
                    }

                    @Override
                    public void failed(ConnectFailure failure) {
                        atTheDoor(() ->
                                refuse(Reason.PROTOCOL_ERROR, failure.error().asFatal()));
                    }
                });
    }

    private void stream(ServerConnection server) {
        if (abandoned || !ctx.channel().isActive()) {
            loop.run(() -> server.close(CloseReason.CLIENT_GONE));
            return;
        }
        porch.goesIn();
        Lines.over(ctx, loop, line -> stream(line, server));
    }

    private void stream(Line line, ServerConnection server) {
        if (abandoned) {
            line.close();
            server.close(CloseReason.CLIENT_GONE);
            return;
        }
        var session = new ReplicationSession(building, pool, line, guest(server.reported()), server);
        arrival.admission().lasts().ifPresent(left -> {
            var _ = new Curfew(session, line, left);
        });
        welcome(line, session.begin(secretLength()), server.reported(), session);
    }

    private Guest guest(Map<String, String> reported) {
        var name = arrival.admission()
                .as()
                .map(OutsideCheck.As::applicationName)
                .orElse(arrival.startup().parameters().getOrDefault(APPLICATION_NAME, ""));
        var user = arrival.admission().as().isPresent()
                ? pool.user()
                : arrival.startup().user();
        return new Guest(
                nextId(),
                user.equals(pool.user()) ? pool.user() : user, // one text for all its clients
                name,
                ctx.channel().remoteAddress(),
                wanted(),
                reported,
                building.clock().getAsLong());
    }

    /// Unique in this process.
    static long nextId() {
        return IDS.incrementAndGet();
    }

    private int secretLength() {
        return arrival.startup().minor() >= 2 ? CancelKey.LONG_SECRET : CancelKey.SHORT_SECRET;
    }

    private <C extends LineUser & LoggedIn> void welcome(
            Line line, CancelKey key, Map<String, String> reported, C client) {
        arrival.welcomed().run(); // the audit says it before the client can act on it
        try {
            var out = line.allocator().buffer(512);
            reported.forEach((parameter, value) -> BackendWriter.parameterStatus(out, parameter, value));
            BackendWriter.backendKeyData(out, key.pid(), key.secret());
            BackendWriter.readyForQuery(out, Backend.STATUS_IDLE);
            line.send(out);
        } catch (RuntimeException | Error bug) {
            porch.replaceBy(line, client); // it is in, and leaves as any other
            client.failed(bug);
            return;
        }
        if (building.house().get().logConnections()) {
            LOG.atInfo()
                    .setMessage("client logged in")
                    .addKeyValue("client", client.id())
                    .addKeyValue("database", pool.database())
                    .addKeyValue("user", pool.user())
                    .addKeyValue("address", Caller.text(line.remoteAddress()))
                    .log();
        }
        porch.replaceBy(line, client);
    }

    /// The connection is gone before the client was in.
    void abandoned() {
        abandoned = true;
        var asked = inquiry;
        if (asked != null) {
            asked.abandon();
        }
    }

    private void refuse(Reason reason, PgError error) {
        if (!abandoned) {
            porch.refuse(ctx, reason, error);
        }
    }
}
