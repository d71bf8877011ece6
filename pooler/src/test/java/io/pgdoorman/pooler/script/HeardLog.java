package io.pgdoorman.pooler.script;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import java.util.stream.Collectors;
import org.slf4j.LoggerFactory;

/// What a logger of this JVM says from now on, whatever its level was.
public final class HeardLog implements AutoCloseable {
    private final Logger logger;
    private final Level before;
    private final ListAppender<ILoggingEvent> heard = new ListAppender<>();

    private HeardLog(Logger logger, Level level) {
        this.logger = logger;
        this.before = logger.getLevel();
        heard.start();
        logger.addAppender(heard);
        logger.setLevel(level);
    }

    public static HeardLog of(String logger, Level level) {
        return new HeardLog((Logger) LoggerFactory.getLogger(logger), level);
    }

    /// Message, keys and values, and stack trace of each event.
    public List<String> lines() {
        return List.copyOf(heard.list).stream().map(HeardLog::line).toList();
    }

    static String line(ILoggingEvent event) {
        var pairs = event.getKeyValuePairs();
        var values = pairs == null
                ? ""
                : pairs.stream().map(pair -> pair.key + "=" + pair.value).collect(Collectors.joining(" ", " ", ""));
        var cause = event.getThrowableProxy();
        return event.getFormattedMessage()
                + values
                + (cause == null ? "" : " " + ch.qos.logback.classic.spi.ThrowableProxyUtil.asString(cause));
    }

    @Override
    public void close() {
        logger.setLevel(before);
        logger.detachAppender(heard);
    }
}
