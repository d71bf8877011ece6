package io.pgdoorman.pooler.script;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/// Looks through all lines of the log for [Secrets]; logback makes one by `logback-test.xml`.
public final class SecretsFound extends AppenderBase<ILoggingEvent> {
    private static final Queue<String> FOUND = new ConcurrentLinkedQueue<>();

    @Override
    protected void append(ILoggingEvent event) {
        look(event.getLoggerName() + ": " + HeardLog.line(event));
    }

    /// Looks at a line that another process said.
    static void look(String line) {
        Secrets.all().in(line).ifPresent(secret -> FOUND.add("\"" + secret + "\" in: " + line));
    }

    /// Lines since this was asked last.
    static List<String> take() {
        var lines = List.copyOf(FOUND);
        FOUND.removeAll(lines);
        return lines;
    }
}
