package io.pgdoorman.operator.status;

/// Types and reasons of conditions; programs depend on them, so they never change.
public final class Reasons {

    public static final String READY = "Ready";
    public static final String RECONCILING = "Reconciling";
    public static final String STALLED = "Stalled";
    public static final String AVAILABLE = "Available";
    public static final String CONFIG_APPLIED = "ConfigApplied";
    public static final String SECRETS_RESOLVED = "SecretsResolved";

    public static final String ACCEPTED = "Accepted";
    public static final String GRANTED = "Granted";
    public static final String NOT_GRANTED = "NotGranted";
    public static final String QUOTA_EXCEEDED = "QuotaExceeded";
    public static final String NO_TOKENS = "TokensNotAccepted";
    public static final String BOUND = "Bound";
    public static final String SECRET_REFUSED = "SecretRefused";

    public static final String BUDGET_SATISFIED = "BudgetSatisfied";
    public static final String OK = "Ok";
    public static final String EXHAUSTED = "Exhausted";
    public static final String POOLER_BUSY = "PoolerBusy";
    public static final String SERVER_SLOW = "ServerSlow";
    public static final String PINNED_SESSIONS = "PinnedSessions";

    public static final String SERVERS_REACHABLE = "ServersReachable";
    public static final String REACHABLE = "Reachable";
    public static final String AUTH_FAILED = "AuthFailed";
    public static final String TLS_FAILED = "TlsFailed";
    public static final String REFUSED = "Refused";

    public static final String MONITORED = "Monitored";
    public static final String CERTIFIED = "Certified";
    public static final String ISSUED = "Issued";
    public static final String NOT_ISSUED = "NotIssued";
    public static final String APPLIED = "Applied";
    public static final String CRD_MISSING = "CrdMissing";

    public static final String ALL_PODS_IN_SYNC = "AllPodsInSync";
    public static final String WAITING_FOR_PODS = "WaitingForPods";
    public static final String CONFIG_NOT_ACKNOWLEDGED = "ConfigNotAcknowledged";
    public static final String ROLLOUT_IN_PROGRESS = "RolloutInProgress";
    public static final String INVALID_CONFIG = "InvalidConfig";
    public static final String DEPENDENCY_MISSING = "DependencyMissing";

    public static final String APPROVAL_PENDING = "ApprovalPending";
    public static final String PAUSED = "Paused";
    public static final String USER_REQUESTED = "UserRequested";

    public static final String CREATING_CHILDREN = "CreatingChildren";
    public static final String RELOADING_CONFIG = "ReloadingConfig";
    public static final String ROLLING_OUT = "RollingOut";
    public static final String RESIZING = "Resizing";
    public static final String ISSUING_CERTIFICATE = "IssuingCertificate";
    public static final String DRAINING = "Draining";

    public static final String BUDGET_TOO_SMALL = "BudgetTooSmall";
    public static final String RELOAD_REJECTED = "ReloadRejected";
    public static final String SECRET_MISSING = "SecretMissing";
    public static final String CHILD_CONFLICT = "ChildConflict";
    public static final String PROGRESS_DEADLINE_EXCEEDED = "ProgressDeadlineExceeded";
    public static final String IMAGE_PULL = "ImagePull";

    public static final String MINIMUM_PODS_READY = "MinimumPodsReady";
    public static final String TOO_FEW_PODS = "TooFewPods";
    public static final String NO_PODS = "NoPods";

    public static final String ACKNOWLEDGED = "Acknowledged";
    public static final String PARTIALLY_ACKNOWLEDGED = "PartiallyAcknowledged";
    public static final String REJECTED = "Rejected";
    public static final String PODS_UNREACHABLE = "PodsUnreachable";

    public static final String RESOLVED = "Resolved";
    public static final String NOT_FOUND = "NotFound";
    public static final String KEY_MISSING = "KeyMissing";
    public static final String CERTIFICATE_EXPIRING = "CertificateExpiring";

    private Reasons() {}
}
