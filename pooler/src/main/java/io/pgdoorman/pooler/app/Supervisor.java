package io.pgdoorman.pooler.app;

import io.pgdoorman.pooler.net.Heartbeats;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells systemd how the process is (sd_notify(3)): datagrams to the socket that `NOTIFY_SOCKET` names, and a sign of
/// life
/// as often as `WATCHDOG_USEC` wants, as long as all event loops turn. Without these variables it does nothing.
///
/// Java has no datagrams for Unix sockets, so the C library is called.
final class Supervisor implements Upgrade.Listener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Supervisor.class);
    private static final int AF_UNIX = 1;
    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int FAMILY_BYTES = 2;
    private static final int MAX_PATH_BYTES = 107;

    private final @Nullable String socket;
    private final Heartbeats heartbeats;
    private final long watchdogMicros;
    private @Nullable ScheduledExecutorService timer;
    private volatile boolean isMain = true;

    Supervisor(Map<String, String> environment, Heartbeats heartbeats) {
        this.socket = environment.get("NOTIFY_SOCKET");
        this.heartbeats = heartbeats;
        this.watchdogMicros = micros(environment);
    }

    private static long micros(Map<String, String> environment) {
        var pid = environment.getOrDefault("WATCHDOG_PID", "");
        var text = environment.getOrDefault("WATCHDOG_USEC", "");
        boolean isMine = pid.isEmpty()
                || pid.equals(String.valueOf(ProcessHandle.current().pid()));
        return isMine && text.matches("\\d{1,15}") ? Long.parseLong(text) : 0;
    }

    /// The process serves clients.
    void ready() {
        tell("READY=1\nMAINPID=" + ProcessHandle.current().pid());
        if (socket != null && watchdogMicros > 0) {
            var signs = Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().name("watchdog").daemon().factory());
            // half of the time, as sd_watchdog_enabled(3) wants
            var _ = signs.scheduleAtFixedRate(this::live, 0, watchdogMicros / 2, TimeUnit.MICROSECONDS);
            timer = signs;
        }
    }

    private void live() {
        if (heartbeats.allWithin(TimeUnit.MICROSECONDS.toNanos(watchdogMicros))) {
            tell("WATCHDOG=1");
        }
    }

    /// A configuration is being loaded; [#reloaded] ends that.
    void reloading() {
        tell("RELOADING=1\nMONOTONIC_USEC=" + System.nanoTime() / 1000);
    }

    /// It was loaded, or refused.
    void reloaded(String status) {
        tell("READY=1\nSTATUS=" + status.replace('\n', ' '));
    }

    /// Clients are being let go; of no interest when another process is the main one.
    void stopping() {
        if (isMain) {
            tell("STOPPING=1\nSTATUS=draining");
        }
    }

    /// Only the main process may name another one.
    @Override
    public void handedOver(long pid) {
        isMain = false;
        tell("MAINPID=" + pid);
    }

    @Override
    public void tookBack() {
        isMain = true;
        tell("READY=1\nMAINPID=" + ProcessHandle.current().pid());
    }

    private void tell(String state) {
        var path = socket;
        if (path == null) {
            return;
        }
        try {
            send(path, state);
        } catch (Throwable broken) { // what a method handle throws
            LOG.atWarn()
                    .setMessage("systemd cannot be told")
                    .addKeyValue("reason", broken.toString())
                    .log();
        }
    }

    /// Sends one datagram; a path that begins with `@` is in the abstract namespace.
    @SuppressWarnings("restricted") // three functions of the C library, each called as its manual says
    static void send(String path, String text) throws Throwable {
        var name = path.getBytes(StandardCharsets.UTF_8);
        if (name.length == 0 || name.length > MAX_PATH_BYTES || (name[0] != '/' && name[0] != '@')) {
            throw new IllegalArgumentException("NOTIFY_SOCKET: \"" + path + "\" is no path of a socket");
        }
        if (name[0] == '@') {
            name[0] = 0;
        }
        var linker = Linker.nativeLinker();
        var library = linker.defaultLookup();
        var socket = linker.downcallHandle(
                library.findOrThrow("socket"),
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        var sendto = linker.downcallHandle(
                library.findOrThrow("sendto"),
                FunctionDescriptor.of(
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_INT,
                        ValueLayout.ADDRESS,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_INT,
                        ValueLayout.ADDRESS,
                        ValueLayout.JAVA_INT));
        var close = linker.downcallHandle(
                library.findOrThrow("close"), FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        int descriptor = (int) socket.invokeExact(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (descriptor < 0) {
            throw new IllegalStateException("no socket to be had");
        }
        try (var arena = Arena.ofConfined()) {
            var bytes = text.getBytes(StandardCharsets.UTF_8);
            var message = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
            var address = arena.allocate(FAMILY_BYTES + MAX_PATH_BYTES + 1L, Short.BYTES);
            address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_UNIX);
            MemorySegment.copy(name, 0, address, ValueLayout.JAVA_BYTE, FAMILY_BYTES, name.length);
            long sent = (long) sendto.invokeExact(
                    descriptor, message, (long) bytes.length, 0, address, FAMILY_BYTES + name.length);
            if (sent != bytes.length) {
                throw new IllegalStateException("nobody listens at " + path);
            }
        } finally {
            int _ = (int) close.invokeExact(descriptor);
        }
    }

    @Override
    public void close() {
        var signs = timer;
        if (signs != null) {
            signs.shutdownNow();
        }
    }
}
