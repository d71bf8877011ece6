package io.pgdoorman.pooler.stats;

import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;

/// What happened in the whole process: connections at the door, logins, new server connections, reloads.
///
/// Writing takes no lock and allocates nothing; safe for all threads.
public final class ProcessStats {

    /// How a connection that was let in talks; a cancel request is a connection too.
    public enum Kind {
        PLAIN,
        TLS,
        CANCEL;

        /// The word that metrics use.
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// Why a connection was refused; PgDoorman's six reasons, and ours after them.
    public enum Reason {
        HBA,
        TLS_REQUIRED,
        TLS_HANDSHAKE_FAIL,
        PROTOCOL_ERROR,
        INVALID_STARTUP,
        TOO_MANY_CLIENTS,
        OUT_OF_MEMORY,
        AUTH_FAILED,
        AUTH_UNAVAILABLE,
        /// Not a failure: the client asked who issues tokens.
        AUTH_DISCOVERY,
        TOO_MANY_FAILURES,
        UNKNOWN_DATABASE,
        DATABASE_DISABLED,
        LOGIN_TIMEOUT,
        SHUTTING_DOWN;

        /// The word that metrics use.
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// The steps of making a server connection.
    public enum ConnectPhase {
        TCP_CONNECT,
        TLS,
        AUTH,
        STARTUP;

        /// The word that metrics use.
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// How a reload ended, whoever asked for it.
    public enum ReloadResult {
        APPLIED,
        UNCHANGED,
        STALE,
        FENCED,
        REJECTED;

        /// The word that metrics and the control server use.
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final PerKind<Kind, LongAdder> accepted = new PerKind<>(Kind.class, LongAdder::new);
    private final PerKind<Reason, LongAdder> rejected = new PerKind<>(Reason.class, LongAdder::new);
    private final PerKind<ReloadResult, LongAdder> reloads = new PerKind<>(ReloadResult.class, LongAdder::new);
    private final PerKind<ConnectPhase, LatencyHistogram> connects =
            new PerKind<>(ConnectPhase.class, LatencyHistogram::new);
    private final LatencyHistogram logins = new LatencyHistogram();

    public void accepted(Kind kind) {
        accepted.of(kind).increment();
    }

    public void rejected(Reason reason) {
        rejected.of(reason).increment();
    }

    /// A client logged in, this long after it was accepted.
    public void loginNanos(long nanos) {
        logins.add(nanos);
    }

    /// One step of making a server connection took this long.
    public void connectPhase(ConnectPhase phase, long nanos) {
        connects.of(phase).add(nanos);
    }

    public void reloaded(ReloadResult result) {
        reloads.of(result).increment();
    }

    public long acceptedCount(Kind kind) {
        return accepted.of(kind).sum();
    }

    public long acceptedCount() {
        return accepted.all().mapToLong(LongAdder::sum).sum();
    }

    public long rejectedCount(Reason reason) {
        return rejected.of(reason).sum();
    }

    public long rejectedCount() {
        return rejected.all().mapToLong(LongAdder::sum).sum();
    }

    public long reloadCount(ReloadResult result) {
        return reloads.of(result).sum();
    }

    public Latencies logins() {
        return logins.latencies();
    }

    public Latencies connects(ConnectPhase phase) {
        return connects.of(phase).latencies();
    }
}
