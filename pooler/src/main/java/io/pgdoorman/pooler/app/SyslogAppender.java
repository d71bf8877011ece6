package io.pgdoorman.pooler.app;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.Layout;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// Sends each line to the machine's syslog, as syslog(3) does: RFC 3164 over the socket /dev/log. What syslog
/// does not take goes where the log went before. Nothing waits for syslog.
final class SyslogAppender extends AppenderBase<ILoggingEvent> {
    /// Where the machine's syslog listens.
    static final String MACHINE = "/dev/log";

    private static final int DAEMON = 3 << 3;
    private static final int ERROR = 3;
    private static final int WARNING = 4;
    private static final int INFORMATIONAL = 6;
    private static final int DEBUG = 7;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("MMM ppd HH:mm:ss", Locale.ROOT).withZone(ZoneId.systemDefault());

    private final UnixDatagrams syslog;
    private final String tag;
    private final Layout<ILoggingEvent> layout;
    private final Appender<ILoggingEvent> before;

    /// @param program what its lines are marked with
    /// @param layout of what follows the mark; belongs to this appender
    /// @param before takes what syslog does not; belongs to this appender
    SyslogAppender(UnixDatagrams syslog, String program, Layout<ILoggingEvent> layout, Appender<ILoggingEvent> before) {
        this.syslog = syslog;
        this.tag = program + "[" + ProcessHandle.current().pid() + "]: ";
        this.layout = layout;
        this.before = before;
    }

    @Override
    protected void append(ILoggingEvent event) {
        try {
            syslog.send("<" + (DAEMON | severity(event.getLevel())) + ">"
                    + TIME.format(Instant.ofEpochMilli(event.getTimeStamp())) + " " + tag + layout.doLayout(event));
        } catch (IllegalStateException refused) {
            addWarn("syslog takes no line", refused);
            before.doAppend(event);
        }
    }

    private static int severity(Level level) {
        return switch (level.toInt()) {
            case Level.ERROR_INT -> ERROR;
            case Level.WARN_INT -> WARNING;
            case Level.INFO_INT -> INFORMATIONAL;
            default -> DEBUG;
        };
    }

    @Override
    public void stop() {
        super.stop();
        layout.stop();
        before.stop();
        syslog.close();
    }
}
