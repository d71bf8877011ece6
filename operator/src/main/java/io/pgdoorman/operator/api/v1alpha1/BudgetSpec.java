package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.IntOrString;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Bounds of all pods together.
@ValidationRule(
        value = "!has(self.share) || self.share != 'ByDemand' || has(self.maxServerConnections)",
        message = BudgetSpec.SHARES_NOTHING)
public record BudgetSpec(
        @Min(1)
        @Max(1000000)
        @JsonPropertyDescription(
                "Most connections to servers that all pods together hold, those that start and those that drain among"
                    + " them. Each pod gets an equal share, split over databases by the pool sizes of their users; it"
                    + " is split anew, without a restart, before pods are added or replaced, and while there is no"
                    + " room for another pod that drains, the PodDisruptionBudget lets none be evicted. A new pod is"
                    + " not ready, and connects to no server, before the operator lets it have its share: what it"
                    + " replaces may drain yet.")
        @Nullable
        Integer maxServerConnections,

        @Pattern(BudgetSpec.RESERVE)
        @JsonPropertyDescription(
                "Connections, or percent of them, that pods never share while none of them is replaced: room for pods"
                    + " that nobody planned, as where a node goes and its pods still drain while others start. It must"
                    + " be less than maxServerConnections; if absent, there is room for rollout.maxSurge pods, or"
                    + " one.")
        @Nullable
        IntOrString surgeReserve,

        @Change(ChangeClass.DESIRED)
        @Default("Even")
        @JsonPropertyDescription(
                "Even: each pod may hold as many connections as any other. ByDemand: that is where pods begin; a pod"
                    + " whose clients wait for 5s gets connections that others did not need for 30s, a few at a time,"
                    + " and no pod is left with less than half of an even share. They go back when nobody waits for"
                    + " them any more, when those who gave them have clients that wait, and before pods are added or"
                    + " replaced. Poolers older than this field keep all pods of their pool at even shares.")
        Share share,

        @Change(ChangeClass.DESIRED)
        @Size(min = 2, max = 20)
        @Pattern(GoDuration.PATTERN)
        @ValidationRule(
                value = "duration(self) >= duration('1s') && duration(self) <= duration('168h')",
                message = "must be between 1s and 168h")
        @JsonPropertyDescription(
                "A new pod waits for the operator to let it have its share, which it does when those that leave hold"
                    + " that little. With the operator away it takes it after so long; if absent, after as long as"
                    + " those that were told to leave before it came may take (rollout.drain.endpointDelay and"
                    + " timeout, and 45s). Shorter, pods that are deleted or lost are replaced sooner, and the sum may"
                    + " be above maxServerConnections while the operator is away.")
        @Nullable
        String unattendedWait,

        @Size(min = 2, max = 20)
        @Pattern(GoDuration.PATTERN)
        @ValidationRule(
                value = "duration(self) == duration('0s') || duration(self) >= duration('10s') && duration(self) <="
                        + " duration('2h')",
                message = BudgetSpec.LOST_POD_BOUNDS)
        @JsonPropertyDescription(
                "With maxServerConnections PostgreSQL is asked, by tcp_keepalives_idle, _interval and _count, to give"
                    + " up connections of a pod that is not there any more, as its node lost power, after so long; 30s"
                    + " if absent. It keeps them for two hours else, beside those of the pod in its place. One whose"
                    + " answer was on its way stays as long as net.ipv4.tcp_retries2 of the server's machine says. 0s"
                    + " asks for nothing: servers that are no PostgreSQL, as PgBouncer, may refuse such parameters. A"
                    + " database with tcp_keepalives_idle among its startupParameters has its own.")
        @Nullable
        String lostPodTimeout) {

    /// How pods share what all of them may hold.
    public enum Share {
        Even,
        ByDemand
    }

    static final String LOST_POD_BOUNDS = "must be 0s, or between 10s and 2h";

    static final String SHARES_NOTHING = "share ByDemand needs maxServerConnections";

    /// Shorter than Kubernetes needs to miss a node, so that nobody is in the place of a lost pod before.
    private static final Duration USUALLY_MISSED = Duration.ofSeconds(30);

    static final String RESERVE = "^([0-9]{1,7}|[0-9]{1,2}%)$";

    /// Whether connections are where they are needed. Not named as a property, which it is not.
    public boolean sharesByDemand() {
        return share == Share.ByDemand && maxServerConnections != null;
    }

    /// Time until PostgreSQL misses a pod; zero if it is not asked to.
    public Duration untilMissed() {
        if (maxServerConnections == null) {
            return Duration.ZERO;
        }
        return lostPodTimeout == null ? USUALLY_MISSED : GoDuration.parse(lostPodTimeout);
    }

    /// Connections that stay free, none if absent.
    public int reserve() {
        if (surgeReserve == null || maxServerConnections == null) {
            return 0;
        }
        var text = String.valueOf(surgeReserve.getValue());
        return text.endsWith("%")
                ? Math.ceilDiv(maxServerConnections * Integer.parseInt(text.substring(0, text.length() - 1)), 100)
                : Integer.parseInt(text);
    }
}
