package io.pgdoorman.pooler.app;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import java.util.Locale;
import org.slf4j.LoggerFactory;

/// Where the log goes: standard error, and standard output for the audit; one line an event, as text or as JSON.
final class LogSettings {
    private LogSettings() {}

    /// Who came in and who did not goes to standard output, whatever the log's level: a collector gets it as a stream
    /// of its own.
    private static void audit(LoggerContext context, boolean structured) {
        var audit = context.getLogger("audit");
        audit.setLevel(Level.INFO);
        audit.setAdditive(false);
        audit.addAppender(appender(context, "System.out", structured));
    }

    static void apply(Level level, boolean structured) {
        var context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(level);
        root.addAppender(appender(context, "System.err", structured));
        audit(context, structured);
        context.getLogger("io.netty").setLevel(Level.WARN);
        // each pipeline of ours has an end of its own; what reaches Netty's is a handshake that failed after
        // its connection was closed, with a stack trace as often as a hostile peer likes
        context.getLogger("io.netty.channel.DefaultChannelPipeline").setLevel(Level.ERROR);
    }

    /// The log goes to syslog instead of standard error.
    ///
    /// @param socket where syslog listens
    static void toSyslog(String program, String socket) {
        var context = (LoggerContext) LoggerFactory.getILoggerFactory();
        var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.detachAndStopAllAppenders();
        var appender = new SyslogAppender(
                new UnixDatagrams(socket), program, line(context, false), appender(context, "System.err", false));
        appender.setContext(context);
        appender.start();
        root.addAppender(appender);
    }

    /// The level in force, as the command line says it.
    static String level() {
        return LoggerFactory.getILoggerFactory() instanceof LoggerContext context
                ? String.valueOf(context.getLogger(Logger.ROOT_LOGGER_NAME).getLevel())
                        .toLowerCase(Locale.ROOT)
                : "off";
    }

    private static Appender<ILoggingEvent> appender(LoggerContext context, String stream, boolean structured) {
        var appender = new ConsoleAppender<ILoggingEvent>();
        appender.setContext(context);
        appender.setTarget(stream);
        appender.setEncoder(structured ? json(context) : text(context));
        appender.start();
        return appender;
    }

    static Encoder<ILoggingEvent> text(LoggerContext context) {
        var encoder = new LayoutWrappingEncoder<ILoggingEvent>();
        encoder.setContext(context);
        encoder.setLayout(line(context, true));
        encoder.start();
        return encoder;
    }

    private static LogLine line(LoggerContext context, boolean beginning) {
        var line = new LogLine(beginning);
        line.setContext(context);
        line.start();
        return line;
    }

    private static Encoder<ILoggingEvent> json(LoggerContext context) {
        var encoder = new JsonEncoder();
        encoder.setContext(context);
        encoder.start();
        return encoder;
    }
}
