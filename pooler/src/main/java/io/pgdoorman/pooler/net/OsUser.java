package io.pgdoorman.pooler.net;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import java.util.OptionalInt;

/// Who is at the other end of a Unix socket, as the kernel and the system's list of users say (getpeereid and
/// getpwuid_r, as in PostgreSQL's `auth_peer`).
@SuppressWarnings("restricted") // a function of C
public final class OsUser {
    /// One user's line; those of a directory may be long.
    private static final long LINE = 64 * 1024L;

    /// Longer than any name that PostgreSQL could have.
    private static final long LONGEST_NAME = 1024;

    /// `struct passwd` is larger nowhere; its first field is the name.
    private static final long STRUCT = 256;

    private OsUser() {}

    /// Asked for once, as few need it.
    private static final class Native {
        private static final MethodHandle GETPWUID_R = Linker.nativeLinker()
                .downcallHandle(
                        Linker.nativeLinker().defaultLookup().findOrThrow("getpwuid_r"),
                        FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS));
    }

    /// The user's number; empty where the kernel is not asked, as for TCP.
    public static OptionalInt numberOf(Channel channel) {
        try {
            return channel instanceof EpollDomainSocketChannel local
                    ? OptionalInt.of(local.peerCredentials().uid())
                    : OptionalInt.empty();
        } catch (IOException _) {
            return OptionalInt.empty(); // it is gone
        }
    }

    /// The user's name; blocks, as long as a directory that the system asks does.
    public static Optional<String> nameOf(int number) {
        try (var arena = Arena.ofConfined()) {
            var found = arena.allocate(ADDRESS);
            int code = (int) Native.GETPWUID_R.invokeExact(
                    number, arena.allocate(STRUCT, Long.BYTES), arena.allocate(LINE), LINE, found);
            var line = found.get(ADDRESS, 0);
            if (code != 0 || line.equals(MemorySegment.NULL)) {
                return Optional.empty();
            }
            var name = line.reinterpret(ADDRESS.byteSize()).get(ADDRESS, 0);
            return Optional.of(name.reinterpret(LONGEST_NAME).getString(0));
        } catch (Error | RuntimeException bug) {
            throw bug;
        } catch (Throwable e) {
            throw new IllegalStateException(e); // functions of C throw nothing
        }
    }
}
