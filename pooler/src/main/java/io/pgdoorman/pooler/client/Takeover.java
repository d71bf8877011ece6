package io.pgdoorman.pooler.client;

import io.netty.channel.unix.FileDescriptor;
import io.pgdoorman.pooler.net.Line;
import io.pgdoorman.pooler.net.Lines;
import io.pgdoorman.pooler.net.Loop;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Lets in clients that have logged in to the process before this one, with their connection and all they brought.
///
/// The limits of clients do not count for them, as they are in already; that their login would fail today neither.
/// Belongs to the thread that lets them in.
public final class Takeover {
    private final Building building;
    private int next;

    public Takeover(Building building) {
        this.building = building;
    }

    /// Whose turn it is to answer; called on the client's loop, once.
    public interface Answer {
        /// The client can be served as soon as its connection may be read.
        void ready(Guarded client);

        /// It cannot; its connection is closed here.
        void refused(String reason);
    }

    /// A client that is not served yet; any thread.
    public interface Guarded {
        /// Serves it: nobody else reads its connection any more.
        void serve();

        /// Lets go of it; the process before goes on with it.
        void drop();
    }

    /// Lets a client in. The descriptor is ours from now on.
    public void admit(HandedOverClient handedOver, FileDescriptor connection, boolean unix, Answer answer) {
        var loop = building.loops().loop(next++ % building.loops().count());
        var line = Lines.adopted(connection, unix, loop);
        line.enterLoop(loop, entered -> {
            var reason = entered ? enter(handedOver, line, loop, answer) : "it cannot be registered";
            if (reason != null) {
                line.close();
                answer.refused(reason);
            }
        });
    }

    /// @return why it cannot come in, or null
    private @Nullable String enter(HandedOverClient handedOver, Line line, Loop loop, Answer answer) {
        var person = handedOver.person();
        var account = building.directory().get().account(person.database(), person.poolUser());
        if (account == null) {
            return "database \"" + person.database() + "\" has no user of its name any more";
        }
        var presence = new Presence(building.clients().occupancy(), line.remoteAddress());
        presence.movesIn(account.pool());
        line.onClosed(presence::leave);
        var guest = new Guest(
                Reception.nextId(),
                person.user(),
                person.applicationName(),
                line.remoteAddress(),
                handedOver.parameters().initial(),
                handedOver.parameters().greeting(),
                building.clock().getAsLong() - person.ageNanos());
        var client = new ClientConnection(building, account.pool(), line, guest);
        if (!goesOn(client, handedOver)) {
            return "its cancel key is taken";
        }
        line.serve(client, null);
        if (person.curfewMillis() >= 0) {
            client.leavesAt(new Curfew(client, line, Duration.ofMillis(person.curfewMillis())));
        }
        answer.ready(new Guarded() {
            @Override
            public void serve() {
                loop.run(() -> line.read(true));
            }

            @Override
            public void drop() {
                loop.run(line::close);
            }
        });
        return null;
    }

    /// What the process before this one knew of it is known here.
    ///
    /// @return false when its cancel key is taken
    private boolean goesOn(ClientConnection client, HandedOverClient handedOver) {
        if (!building.cancels().registry().adopt(client, handedOver.key())) {
            return false;
        }
        var side = client.side();
        side.goOn(handedOver.parameters());
        var cache = client.pool().cache(client.loop().index());
        for (var known : handedOver.statements()) {
            var _ = side.statements().put(known.name(), cache.intern(known.tail(), known.scope(), _ -> known.dirt()));
        }
        client.entered(handedOver.key());
        return true;
    }
}
