package io.pgdoorman.pooler.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The listening Unix socket, a file named as PostgreSQL names its own, so that libpq finds it by folder and port.
///
/// The socket is made in a folder that only we may enter, gets its mode there, and is then moved to its name: nobody
/// can connect before the mode holds, and a file that a killed pooler left behind is replaced in one step.
public final class UnixListener {
    private static final Logger LOG = LoggerFactory.getLogger(UnixListener.class);

    /// `sockaddr_un.sun_path` on Linux, less the final zero.
    private static final int MAX_PATH = 107;

    private final Channel channel;
    private final AcceptGate gate;
    private final Path file;

    private UnixListener(Channel channel, AcceptGate gate, Path file) {
        this.channel = channel;
        this.gate = gate;
        this.file = file;
    }

    /// Where and how to listen.
    ///
    /// @param port of the TCP listener; it names the file
    /// @param mode permission bits
    public record Socket(Path folder, int port, int mode, int backlog) {
        Path file() {
            return folder.resolve(".s.PGSQL." + port);
        }
    }

    /// Binds and starts to accept.
    ///
    /// @param settings asked for each accepted channel, so that a reload reaches new ones
    /// @param accepted gets each new channel on its own event loop, before it is read
    /// @throws IOException with file and reason when that cannot be
    public static UnixListener bind(
            Loops loops, Socket socket, Supplier<SocketSettings> settings, Consumer<Channel> accepted)
            throws IOException {
        var file = socket.file();
        if (file.toString().length() > MAX_PATH) {
            throw new IOException("cannot listen on " + file + ": the path is longer than " + MAX_PATH + " bytes");
        }
        refuseIfServed(file);
        try {
            var room = Files.createTempDirectory(
                    socket.folder(),
                    ".",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            try {
                var gate = new AcceptGate(loops, settings, accepted);
                var channel = bound(loops, socket, room.resolve("s"), gate);
                Files.setPosixFilePermissions(room.resolve("s"), permissions(socket.mode()));
                Files.move(
                        room.resolve("s"), file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
                return new UnixListener(channel, gate, file);
            } finally {
                Files.deleteIfExists(room.resolve("s"));
                Files.delete(room);
            }
        } catch (IOException refused) {
            throw new IOException("cannot listen on " + file + ": " + refused, refused);
        }
    }

    /// Takes over a socket that listens already at that file; nothing is accepted before [#accept].
    static UnixListener adopt(Loops loops, Socket socket, FileDescriptor descriptor, AcceptGate gate)
            throws IOException {
        try {
            Files.setPosixFilePermissions(socket.file(), permissions(socket.mode()));
        } catch (IOException gone) {
            throw new IOException("cannot take over " + socket.file() + ": " + gone, gone);
        }
        var channel = gate.adopt(loops, () -> new EpollServerDomainSocketChannel(descriptor.intValue()));
        return new UnixListener(channel, gate, socket.file());
    }

    private static Channel bound(Loops loops, Socket socket, Path at, AcceptGate gate) throws IOException {
        var bound = gate.bootstrap(loops)
                .channel(loops.transport().unixServerSocket())
                .option(ChannelOption.SO_BACKLOG, socket.backlog())
                .bind(loops.transport().unixAddress(at))
                .awaitUninterruptibly();
        Throwable cause = bound.cause();
        if (cause != null) {
            throw new IOException(cause.getMessage(), cause);
        }
        return bound.channel();
    }

    /// A file that is no socket is not ours to replace, and one that somebody serves neither.
    private static void refuseIfServed(Path file) throws IOException {
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!Files.readAttributes(file, java.nio.file.attribute.BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .isOther()) {
            throw new IOException("cannot listen on " + file + ": it exists and is no socket");
        }
        boolean served;
        try (var _ = SocketChannel.open(UnixDomainSocketAddress.of(file))) {
            served = true;
        } catch (IOException _) {
            served = false;
        }
        if (served) {
            throw new IOException("cannot listen on " + file + ": another process does");
        }
        LOG.atInfo()
                .setMessage("a socket that nobody serves is replaced")
                .addKeyValue("server", file)
                .log();
    }

    private static Set<PosixFilePermission> permissions(int mode) {
        var permissions = EnumSet.noneOf(PosixFilePermission.class);
        // The enum runs from the owner's read bit to the others' execute bit, as the octal digits do.
        var bits = PosixFilePermission.values();
        for (int i = 0; i < bits.length; i++) {
            if ((mode & 0400 >> i) != 0) {
                permissions.add(bits[i]);
            }
        }
        return permissions;
    }

    public Path file() {
        return file;
    }

    /// Accepts connections, or leaves them in the kernel's queue.
    void accept(boolean on) {
        gate.open(channel, on);
    }

    /// Of the socket, for another process.
    FileDescriptor descriptor() {
        return AcceptGate.descriptor(channel);
    }

    /// Lets go of the socket, which another process serves.
    void leave() {
        channel.close().awaitUninterruptibly();
    }

    public void close() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException undeletable) {
            LOG.atWarn()
                    .setMessage("the Unix socket's file stays behind")
                    .addKeyValue("server", file)
                    .addKeyValue("reason", undeletable.toString())
                    .log();
        }
        channel.close().awaitUninterruptibly();
    }
}
