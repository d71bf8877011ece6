package io.pgdoorman.pooler.client;

import io.netty.channel.Channel;
import io.netty.channel.unix.FileDescriptor;
import io.pgdoorman.pooler.net.Adoption;
import io.pgdoorman.pooler.net.Loop;
import io.pgdoorman.pooler.net.SocketSettings;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Lets in clients that have logged in to the process before this one, with their connection and all they brought.
///
/// The limits of clients do not count for them, as they are in already; that their login would fail today neither.
/// Belongs to the thread that lets them in.
public final class Takeover {
    private final Building building;
    private final Supplier<SocketSettings> settings;
    private int next;

    /// @param settings of connections of clients
    public Takeover(Building building, Supplier<SocketSettings> settings) {
        this.building = building;
        this.settings = settings;
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
        var channel = Adoption.of(connection, unix, settings.get());
        var loop = building.loops().loop(next++ % building.loops().count());
        var _ = loop.executor()
                .register(channel)
                .addListener(registered -> loop.run(() -> {
                    var reason = registered.isSuccess()
                            ? enter(handedOver, channel, loop, answer)
                            : "it cannot be registered";
                    if (reason != null) {
                        var _ = channel.close();
                        answer.refused(reason);
                    }
                }));
    }

    /// @return why it cannot come in, or null
    private @Nullable String enter(HandedOverClient handedOver, Channel channel, Loop loop, Answer answer) {
        if (!channel.isActive()) {
            return "its connection is gone";
        }
        var person = handedOver.person();
        var account = building.directory().get().account(person.database(), person.poolUser());
        if (account == null) {
            return "database \"" + person.database() + "\" has no user of its name any more";
        }
        var presence = new Presence(building.clients().occupancy(), channel.remoteAddress());
        presence.movesIn(account.pool());
        var _ = channel.closeFuture().addListener(presence);
        var guest = new Guest(
                Reception.nextId(),
                person.user(),
                person.applicationName(),
                channel.remoteAddress(),
                handedOver.parameters().initial(),
                handedOver.parameters().greeting(),
                building.clock().getAsLong() - person.ageNanos());
        var client = new ClientConnection(building, account.pool(), channel, guest);
        if (!client.goOn(handedOver)) {
            return "its cancel key is taken";
        }
        var _ = channel.pipeline().addLast("client", client);
        if (person.curfewMillis() >= 0) {
            Curfew.set(channel, client, Duration.ofMillis(person.curfewMillis()));
        }
        answer.ready(new Guarded() {
            @Override
            public void serve() {
                loop.run(() -> channel.config().setAutoRead(true));
            }

            @Override
            public void drop() {
                var _ = channel.close();
            }
        });
        return null;
    }
}
