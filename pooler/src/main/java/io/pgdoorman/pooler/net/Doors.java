package io.pgdoorman.pooler.net;

import io.netty.channel.Channel;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Where clients come in: the TCP listener, one more for those who only read, and the Unix socket, if there are such.
public final class Doors implements AutoCloseable {
    private final Plan plan;
    private final Map<String, Listener> tcp;
    private final @Nullable UnixListener unix;

    /// @param tcp by what they were opened as, the usual one first
    private Doors(Plan plan, Map<String, Listener> tcp, @Nullable UnixListener unix) {
        this.plan = plan;
        this.tcp = tcp;
        this.unix = unix;
    }

    /// What is to be opened.
    ///
    /// @param readOnlyPort of a second TCP listener; null for none
    /// @param unix null for none
    /// @param inherited sockets of the process before, by what they were opened as; null without such a process
    public record Plan(
            Listener.ListenSettings tcp,
            @Nullable Integer readOnlyPort,
            @Nullable UnixSocket unix,
            @Nullable Map<String, FileDescriptor> inherited) {
        static String tcpName(Listener.ListenSettings tcp) {
            return "tcp " + tcp.host() + ":" + tcp.port();
        }

        List<Listener.ListenSettings> listeners() {
            return readOnlyPort == null
                    ? List.of(tcp)
                    : List.of(tcp, new Listener.ListenSettings(tcp.host(), readOnlyPort, tcp.backlog()));
        }

        static String unixName(UnixSocket socket) {
            return "unix " + socket.folder();
        }
    }

    /// @param mode permission bits
    public record UnixSocket(Path folder, int mode) {}

    /// Opens all or none. With something inherited, even if it is nothing, none accepts before [#accept].
    ///
    /// @param settings asked for each accepted channel, so that a reload reaches new ones
    /// @param accepted gets each new channel on its own event loop, before it is read
    /// @throws IOException with the address or file that cannot be listened on
    public static Doors open(Loops loops, Plan plan, Supplier<SocketSettings> settings, Consumer<Channel> accepted)
            throws IOException {
        var left = new HashMap<String, FileDescriptor>();
        var inherited = plan.inherited();
        if (inherited != null) {
            left.putAll(inherited);
        }
        var tcp = new LinkedHashMap<String, Listener>();
        @Nullable UnixListener unix = null;
        try {
            for (var wanted : plan.listeners()) {
                var known = left.remove(Plan.tcpName(wanted));
                tcp.put(
                        Plan.tcpName(wanted),
                        known == null
                                ? Listener.bind(loops, wanted, settings, accepted)
                                : Listener.adopt(loops, known, settings, accepted));
            }
            var asked = plan.unix();
            if (asked != null) {
                int port = tcp.firstEntry().getValue().port();
                var socket = new UnixListener.Socket(
                        asked.folder(), port, asked.mode(), plan.tcp().backlog());
                var same = left.remove(Plan.unixName(asked));
                unix = same == null
                        ? UnixListener.bind(loops, socket, settings, accepted)
                        : UnixListener.adopt(loops, socket, same, new AcceptGate(loops, settings, accepted));
            }
        } catch (IOException cannotListen) {
            tcp.values().forEach(Listener::close);
            throw cannotListen;
        } finally {
            left.values().forEach(Passage::shut);
        }
        var doors = new Doors(plan, tcp, unix);
        if (inherited != null) {
            doors.accept(false);
        }
        return doors;
    }

    /// The port of the usual TCP listener.
    public int port() {
        return tcp.values().iterator().next().port();
    }

    /// Accepts connections, or leaves them in the kernel's queue.
    public void accept(boolean on) {
        tcp.values().forEach(listener -> listener.accept(on));
        if (unix != null) {
            unix.accept(on);
        }
    }

    /// The sockets by what they were opened as, for the process after this one.
    public Map<String, FileDescriptor> descriptors() {
        var all = new LinkedHashMap<String, FileDescriptor>();
        tcp.forEach((name, listener) -> all.put(name, listener.descriptor()));
        var socket = plan.unix();
        if (unix != null && socket != null) {
            all.put(Plan.unixName(socket), unix.descriptor());
        }
        return all;
    }

    /// Which of the inherited sockets are served by these doors.
    public Set<String> adopted() {
        var inherited = plan.inherited();
        if (inherited == null) {
            return Set.of();
        }
        var all = new HashMap<>(descriptors());
        all.keySet().retainAll(inherited.keySet());
        return Set.copyOf(all.keySet());
    }

    /// Closes them in this process.
    ///
    /// @param served by another process, which goes on with them
    public void leave(Set<String> served) {
        tcp.values().forEach(Listener::close);
        var socket = plan.unix();
        if (unix != null && socket != null) {
            if (served.contains(Plan.unixName(socket))) {
                unix.leave();
            } else {
                unix.close();
            }
        }
    }

    @Override
    public void close() {
        leave(Set.of());
    }
}
