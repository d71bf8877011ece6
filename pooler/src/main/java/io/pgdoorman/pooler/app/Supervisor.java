package io.pgdoorman.pooler.app;

import io.pgdoorman.pooler.net.Heartbeats;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells systemd how the process is (sd_notify(3)): datagrams to the socket that `NOTIFY_SOCKET` names, and a
/// sign of life as often as `WATCHDOG_USEC` wants, as long as all event loops turn. Without these variables it
/// does nothing.
final class Supervisor implements Upgrade.Listener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Supervisor.class);

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
        try (var systemd = new UnixDatagrams(path)) {
            systemd.send(state);
        } catch (IllegalArgumentException | IllegalStateException broken) {
            LOG.atWarn()
                    .setMessage("systemd cannot be told")
                    .addKeyValue("reason", broken.toString())
                    .log();
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
