package io.pgdoorman.pooler.app;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;

/// Datagrams to a Unix socket, which Java does not have: the C library is called. Thread-safe, until it is closed.
@SuppressWarnings("restricted") // three functions of the C library, each called as its manual says
final class UnixDatagrams implements AutoCloseable {
    private static final int AF_UNIX = 1;
    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int FAMILY_BYTES = 2;
    private static final int MAX_PATH_BYTES = 107;

    private static final MethodHandle SOCKET = function(
            "socket",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    private static final MethodHandle SEND_TO = function(
            "sendto",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_INT,
                    ValueLayout.ADDRESS,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_INT,
                    ValueLayout.ADDRESS,
                    ValueLayout.JAVA_INT));
    private static final MethodHandle CLOSE =
            function("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

    private final String path;
    private final byte[] name;
    private final int descriptor;

    private static MethodHandle function(String name, FunctionDescriptor form) {
        var linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), form);
    }

    /// @param path absolute, or beginning with `@` for the abstract namespace; need not be there yet
    UnixDatagrams(String path) {
        this.path = path;
        this.name = path.getBytes(StandardCharsets.UTF_8);
        if (name.length == 0 || name.length > MAX_PATH_BYTES || (name[0] != '/' && name[0] != '@')) {
            throw new IllegalArgumentException("\"" + path + "\" is no path of a socket");
        }
        if (name[0] == '@') {
            name[0] = 0;
        }
        try {
            descriptor = (int) SOCKET.invokeExact(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        } catch (Throwable broken) { // what a method handle throws
            throw new IllegalStateException("no socket to be had", broken);
        }
        if (descriptor < 0) {
            throw new IllegalStateException("no socket to be had");
        }
    }

    /// Sends one, and never waits.
    ///
    /// @throws IllegalStateException when nobody takes it
    void send(String text) {
        long sent;
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        try (var arena = Arena.ofConfined()) {
            var message = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
            var address = arena.allocate(FAMILY_BYTES + MAX_PATH_BYTES + 1L, Short.BYTES);
            address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_UNIX);
            MemorySegment.copy(name, 0, address, ValueLayout.JAVA_BYTE, FAMILY_BYTES, name.length);
            sent = (long) SEND_TO.invokeExact(
                    descriptor, message, (long) bytes.length, MSG_DONTWAIT, address, FAMILY_BYTES + name.length);
        } catch (Throwable broken) { // what a method handle throws
            throw new IllegalStateException("cannot send to " + path, broken);
        }
        if (sent != bytes.length) {
            throw new IllegalStateException("nobody listens at " + path);
        }
    }

    @Override
    public void close() {
        try {
            int _ = (int) CLOSE.invokeExact(descriptor);
        } catch (Throwable broken) { // what a method handle throws
            throw new IllegalStateException("cannot close the socket to " + path, broken);
        }
    }
}
