package io.pgdoorman.pooler.net;

import io.netty.channel.Channel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Where clients come in: the TCP listener, and the Unix socket if there is one.
public final class Doors implements AutoCloseable {
    private final Listener tcp;
    private final @Nullable UnixListener unix;

    private Doors(Listener tcp, @Nullable UnixListener unix) {
        this.tcp = tcp;
        this.unix = unix;
    }

    /// What is to be opened.
    ///
    /// @param unix null for none
    public record Plan(
            Listener.ListenSettings tcp, @Nullable UnixSocket unix) {}

    /// @param mode permission bits
    public record UnixSocket(Path folder, int mode) {}

    /// Opens all or none.
    ///
    /// @param settings asked for each accepted channel, so that a reload reaches new ones
    /// @param accepted gets each new channel on its own event loop, before it is read
    /// @throws IOException with the address or file that cannot be listened on
    public static Doors open(Loops loops, Plan plan, Supplier<SocketSettings> settings, Consumer<Channel> accepted)
            throws IOException {
        var tcp = Listener.bind(loops, plan.tcp(), settings, accepted);
        var asked = plan.unix();
        if (asked == null) {
            return new Doors(tcp, null);
        }
        try {
            var socket = new UnixListener.Socket(
                    asked.folder(), tcp.port(), asked.mode(), plan.tcp().backlog());
            return new Doors(tcp, UnixListener.bind(loops, socket, settings, accepted));
        } catch (IOException cannotListen) {
            tcp.close();
            throw cannotListen;
        }
    }

    /// The port of the TCP listener.
    public int port() {
        return tcp.port();
    }

    @Override
    public void close() {
        tcp.close();
        if (unix != null) {
            unix.close();
        }
    }
}
