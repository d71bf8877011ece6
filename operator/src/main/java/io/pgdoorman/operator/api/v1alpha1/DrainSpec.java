package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// How a pod lets go of its clients. The spread stays absent where nobody chose one: then it follows the timeout.
@ValidationRule(
        value = "!has(self.reconnectSpread) || !has(self.timeout)"
                + " || duration(self.reconnectSpread) <= duration(self.timeout)",
        message = DrainSpec.SPREAD_TOO_LONG)
@ValidationRule(
        value = "!has(self.boundary) || self.boundary != 'Session' || (has(self.onTimeout) && self.onTimeout == 'Wait')"
                + " || (has(self.timeout) && duration(self.timeout) >= duration('30m'))",
        message = DrainSpec.SESSIONS_LAST)
public record DrainSpec(
        @Default("5m")
        @Size(min = 2, max = 20)
        @Pattern(GoDuration.PATTERN)
        @ValidationRule(
                value = "duration(self) >= duration('1s') && duration(self) <= duration('24h')",
                message = "must be between 1s and 24h")
        @JsonPropertyDescription("Longest wait for transactions to end, or for sessions.")
        String timeout,

        @Default("10s")
        @Size(min = 2, max = 20)
        @Pattern(GoDuration.PATTERN)
        @ValidationRule(
                value = "duration(self) >= duration('0s') && duration(self) <= duration('5m')",
                message = "must be between 0s and 5m")
        @JsonPropertyDescription("How long a pod still serves new clients while endpoints are updated.")
        String endpointDelay,

        @Change(ChangeClass.HOT)
        @Default("Transaction")
        @JsonPropertyDescription(
                "Where a client is let go: at the end of its transaction, or only when it leaves by itself (Session,"
                        + " which needs a timeout of at least 30m, or onTimeout Wait).")
        Boundary boundary,

        @Change(ChangeClass.HOT)
        @Size(min = 2, max = 20)
        @Pattern(GoDuration.PATTERN)
        @JsonPropertyDescription(
                "Time over which clients are asked to leave, those at rest first, so that other pods meet no storm of"
                        + " logins; ten a second are asked in any case. At most timeout; a tenth of it if absent.")
        @Nullable
        String reconnectSpread,

        @Default("Terminate")
        @JsonPropertyDescription(
                "What becomes of clients that are left after timeout: they are ended, or the pod waits for them"
                        + " (Wait), a week at most.")
        OnTimeout onTimeout) {

    static final String SPREAD_TOO_LONG = "reconnectSpread must not be longer than timeout";
    static final String SESSIONS_LAST =
            "boundary Session needs a timeout of at least 30m, or onTimeout Wait: sessions last";

    private static final Duration PATIENCE = Duration.ofDays(7);
    private static final Duration SESSIONS = Duration.ofMinutes(30);

    /// Where a client is let go.
    public enum Boundary {
        Transaction,
        Session
    }

    /// What becomes of clients that are left.
    public enum OnTimeout {
        Terminate,
        Wait
    }

    /// How long a pod may take to let its clients go.
    public Duration longest() {
        return switch (onTimeout) {
            case Terminate -> GoDuration.parse(timeout);
            case Wait -> PATIENCE;
        };
    }

    boolean isTooShortForSessions() {
        return boundary == Boundary.Session
                && onTimeout == OnTimeout.Terminate
                && GoDuration.parse(timeout).compareTo(SESSIONS) < 0;
    }

    boolean isSpreadTooLong() {
        return reconnectSpread != null && GoDuration.parse(reconnectSpread).compareTo(GoDuration.parse(timeout)) > 0;
    }
}
