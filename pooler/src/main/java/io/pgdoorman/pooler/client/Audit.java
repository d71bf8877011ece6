package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.stats.ProcessStats.Reason;
import io.pgdoorman.pooler.wire.PgError;
import java.util.EnumSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/// Who tried to come in, from where, how, and what became of it; on a logger of its own, `audit`, which a log's reader
/// can keep apart. Never a secret: nothing that a client sent as proof comes here.
final class Audit {
    private static final Logger LOG = LoggerFactory.getLogger("audit");

    /// Names come from clients that nobody knows yet; PostgreSQL's have 63 bytes.
    private static final int LONGEST_NAME = 128;

    /// Refusals that say something about who asked; the others are about the pooler.
    private static final Set<Reason> AUDITED = EnumSet.of(
            Reason.AUTH_FAILED,
            Reason.AUTH_UNAVAILABLE,
            Reason.HBA,
            Reason.LOGIN_TIMEOUT,
            Reason.PROTOCOL_ERROR,
            Reason.TLS_REQUIRED,
            Reason.TOO_MANY_FAILURES,
            Reason.UNKNOWN_DATABASE);

    private Audit() {}

    /// @param method what the rules demand, in the word of a rule; empty where none was asked yet
    record Attempt(String user, String database, String from, String method) {}

    static void refused(Attempt attempt, Reason reason, PgError error) {
        if (AUDITED.contains(reason)) {
            about(LOG.atWarn().setMessage("login failed"), attempt)
                    .addKeyValue("reason", reason.label())
                    .addKeyValue("sqlState", error.sqlState())
                    .log();
        }
    }

    static void accepted(Attempt attempt) {
        about(LOG.atInfo().setMessage("login succeeded"), attempt).log();
    }

    private static LoggingEventBuilder about(LoggingEventBuilder event, Attempt attempt) {
        return event.addKeyValue("user", printable(attempt.user()))
                .addKeyValue("database", printable(attempt.database()))
                .addKeyValue("client", attempt.from())
                .addKeyValue("method", attempt.method());
    }

    /// A line of the log stays one line, whatever a client calls itself.
    static String printable(String name) {
        var text = new StringBuilder();
        name.chars().limit(LONGEST_NAME).forEach(c -> {
            if (Character.isISOControl(c) || c == '"' || c == '\\' || Character.getType(c) == Character.FORMAT) {
                text.append("\\u%04x".formatted(c));
            } else {
                text.append((char) c);
            }
        });
        return name.length() > LONGEST_NAME ? text.append("...").toString() : text.toString();
    }
}
