package io.pgdoorman.pooler.app;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.TimeZone;

/// One line of the log: `2026-01-01T00:00:00.000Z INFO  Logger: message key="value"`, or without its beginning.
///
/// What strangers call themselves is in some lines: none of them is to begin a line of its own, or to speak to a
/// terminal. Logback's patterns would do the same with a hundred and fifty classes more to load.
final class LogLine extends LayoutBase<ILoggingEvent> {
    private static final int LEVEL_WIDTH = 5;

    private final boolean beginning;

    /// Not a ZoneId: its rules are more classes, and their providers are looked for in all jars.
    private final TimeZone zone = TimeZone.getDefault();

    /// @param beginning whether time and level are told
    LogLine(boolean beginning) {
        this.beginning = beginning;
    }

    @Override
    public String doLayout(ILoggingEvent event) {
        var line = new StringBuilder(128);
        if (beginning) {
            time(line, event.getTimeStamp());
            int start = line.append(' ').length();
            line.append(event.getLevel());
            line.repeat(' ', Math.max(0, start + LEVEL_WIDTH - line.length())).append(' ');
        }
        int said = line.length();
        var logger = event.getLoggerName();
        line.append(logger, logger.lastIndexOf('.') + 1, logger.length())
                .append(": ")
                .append(event.getFormattedMessage());
        var pairs = event.getKeyValuePairs();
        if (pairs != null) {
            pairs.forEach(pair -> line.append(' ')
                    .append(pair.key)
                    .append("=\"")
                    .append(pair.value)
                    .append('"'));
        }
        mask(line, said);
        line.append(System.lineSeparator());
        var thrown = event.getThrowableProxy();
        return thrown == null
                ? line.toString()
                : line.append(ThrowableProxyUtil.asString(thrown)).toString();
    }

    private void time(StringBuilder line, long millis) {
        var offset = ZoneOffset.ofTotalSeconds(zone.getOffset(millis) / 1_000);
        var time = Instant.ofEpochMilli(millis).atOffset(offset);
        padded(line, time.getYear(), 1_000);
        padded(line.append('-'), time.getMonthValue(), 10);
        padded(line.append('-'), time.getDayOfMonth(), 10);
        padded(line.append('T'), time.getHour(), 10);
        padded(line.append(':'), time.getMinute(), 10);
        padded(line.append(':'), time.getSecond(), 10);
        padded(line.append('.'), (int) Math.floorMod(millis, 1_000L), 100);
        line.append(offset.getId());
    }

    /// @param least the smallest number that needs no zero in front
    private static void padded(StringBuilder line, int number, int least) {
        for (int digits = least; digits > 1 && number < digits; digits /= 10) {
            line.append('0');
        }
        line.append(number);
    }

    private static void mask(StringBuilder line, int from) {
        for (int i = from; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c < ' ' || c == 0x7f || c == 0x85 || c == 0x2028 || c == 0x2029) {
                line.setCharAt(i, '?');
            }
        }
    }
}
