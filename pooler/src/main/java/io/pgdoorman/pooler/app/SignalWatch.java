package io.pgdoorman.pooler.app;

import io.pgdoorman.config.ShutdownConfig.OnTimeout;
import io.pgdoorman.pooler.client.DrainReport;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the signals mean: HUP loads the configuration anew, USR2 upgrades in place, TERM and INT drain, a second one
/// leaves at once.
///
/// `sun.misc.Signal` is the JDK's only way to hear SIGHUP, and shutdown hooks cannot hear a second SIGTERM; it
/// is looked up by name because javac warns of it without a way to silence that.
final class SignalWatch {
    private static final Logger LOG = LoggerFactory.getLogger(SignalWatch.class);

    private static final Duration FOR_EVER = Duration.ofNanos(Long.MAX_VALUE);

    /// Names the signal by which the JVM stops threads.
    private static final String JVM_SIGNAL = "_JAVA_SR_SIGNUM";

    private final Pooler pooler;
    private final Supervisor supervisor;
    private final AtomicInteger asked = new AtomicInteger();

    SignalWatch(Pooler pooler, Supervisor supervisor) {
        this.pooler = pooler;
        this.supervisor = supervisor;
    }

    /// From here on signals are heard; whoever reads this process's number may send some.
    void listen() {
        handle("HUP", () -> pooler.errands().execute(this::reload));
        handle("TERM", this::asked);
        handle("INT", this::asked);
        handleUpgrade(System.getenv());
    }

    /// Waits until the process is asked to end, then drains it.
    void untilEnd() throws InterruptedException {
        pooler.succession().tell(supervisor);
        supervisor.ready();
        pooler.awaitEnd();
        supervisor.stopping();
        pooler.succession().askOldProcessToEnd();
        int begun = pooler.clients().loggedInCount();
        pooler.drain();
        boolean isEmpty = pooler.awaitDrained(pooler.shutdown().timeout());
        boolean waits = !isEmpty && pooler.shutdown().onTimeout() == OnTimeout.WAIT;
        DrainReport.of(begun, pooler.clients().snapshots()).tell(LOG, waits);
        if (waits) {
            var _ = pooler.awaitDrained(FOR_EVER);
        }
        supervisor.close();
    }

    private void reload() {
        supervisor.reloading();
        var outcome = pooler.reload(null, null);
        supervisor.reloaded("configuration " + Controls.result(outcome).label());
    }

    /// SIGUSR2 is the JVM's own (it stops threads by it, for JFR) unless it is told to take another one.
    private void handleUpgrade(Map<String, String> environment) {
        if (environment.getOrDefault(JVM_SIGNAL, "").isEmpty()) {
            LOG.atInfo()
                    .setMessage("SIGUSR2 does not upgrade, the console's UPGRADE does")
                    .addKeyValue("reason", JVM_SIGNAL + " is not set")
                    .log();
        } else {
            handle("USR2", () -> pooler.errands().execute(() -> pooler.upgrade().run()));
        }
    }

    private void asked() {
        if (asked.incrementAndGet() == 1) {
            pooler.askToEnd();
        } else {
            Runtime.getRuntime().halt(0);
        }
    }

    private static void handle(String name, Runnable task) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object proxy =
                    Proxy.newProxyInstance(handler.getClassLoader(), new Class<?>[] {handler}, (self, method, _) -> {
                        if (method.getName().equals("handle")) {
                            task.run();
                        }
                        return null;
                    });
            var _ = signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
        } catch (ReflectiveOperationException missing) {
            throw new IllegalStateException("this JVM cannot handle signal " + name, missing);
        }
    }
}
