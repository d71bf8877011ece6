package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.model.annotation.LabelSelector;
import io.fabric8.kubernetes.model.annotation.StatusReplicas;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the operator saw and did; all of it can be rebuilt by looking again.
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DoormanPoolStatus(
        @JsonPropertyDescription("Generation of the spec that this status speaks of.")
        long observedGeneration,

        @StatusReplicas @JsonPropertyDescription("Pods that exist.")
        int replicas,

        @JsonPropertyDescription("Pods that accept clients.")
        int readyReplicas,

        @JsonPropertyDescription("Pods made from the newest template.")
        int updatedReplicas,

        @JsonPropertyDescription("Pods that leave and let their clients go.")
        int drainingReplicas,

        @JsonPropertyDescription("Ready and wanted pods, as in 2/3.")
        String readiness,

        @LabelSelector @JsonPropertyDescription("Selects the pods.")
        String selector,

        @JsonPropertyDescription("Image that new pods run.") String image,

        @JsonPropertyDescription("How far the configuration got.")
        Config config,

        @JsonPropertyDescription("How far pods have the newest template.") @Nullable
        Rollout rollout,

        @ListMap("name")
        @JsonPropertyDescription("Secrets that the spec names, at most 64; no values and no hashes of them.")
        List<Secret> secrets,

        @JsonPropertyDescription("How the budget is split.") @Nullable
        Budget budget,

        @JsonPropertyDescription("What the autoscaler did last and what it waits for.") @Nullable
        Autoscaling autoscaling,

        @JsonPropertyDescription("What waits for approval, with reload.policy Manual.") @Nullable
        Pending pending,

        @JsonPropertyDescription("What this operator would give new pods and a person has to accept.") @Nullable
        Upgrade upgrade,

        @ListMap("name") @JsonPropertyDescription("Pods out of step, at most 20.")
        List<Pod> pods,

        @JsonPropertyDescription("Where clients connect.") @Nullable
        Endpoints endpoints,

        @ListMap("type") @JsonPropertyDescription("Conditions.")
        List<Condition> conditions) {

    /// A list that lost its last entry is not there when the API server gives the status back.
    public DoormanPoolStatus {
        secrets = secrets == null ? List.of() : secrets;
        pods = pods == null ? List.of() : pods;
        conditions = conditions == null ? List.of() : conditions;
    }

    /// Most Secrets that [#secrets] lists.
    public static final int SECRETS_SHOWN = 64;

    /// Most pods that [#pods] lists.
    public static final int PODS_SHOWN = 20;

    /// How far the configuration got.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Config(
            @JsonPropertyDescription("Hash of the configuration that the spec asks for.") @Nullable
            String desiredHash,

            @JsonPropertyDescription("Generation of the spec it was rendered from.")
            long generation,

            @JsonPropertyDescription("Pods that said they run it.")
            int ackedPods,

            @JsonPropertyDescription("Pods that should run it.")
            int totalPods,

            @JsonPropertyDescription("Both, as in 2/3.") String acked,

            @JsonPropertyDescription("The pod that refused it, if one did.") @Nullable
            String rejectedBy,

            @JsonPropertyDescription("When the last pod acknowledged it (RFC 3339).") @Nullable
            String lastReloadTime) {}

    /// How far pods have the newest template.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Rollout(
            @JsonPropertyDescription("Template that all pods had last.") @Nullable
            String currentRevision,

            @JsonPropertyDescription("Template that pods have or get.")
            String updateRevision,

            @JsonPropertyDescription("Complete, Progressing, Resizing, Canary, Paused, Stuck or RolledBack.")
            String phase,

            @JsonPropertyDescription("Since when pods get it (RFC 3339).")
            String startedAt) {}

    /// A Secret that the pods use.
    public record Secret(
            @JsonPropertyDescription("Name of the Secret.") String name,

            @JsonPropertyDescription("Its resourceVersion.") String version,

            @JsonPropertyDescription("Pods that said they run the configuration with this version.")
            int ackedPods) {}

    /// How the budget is split.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Budget(
            @JsonPropertyDescription("Most connections to servers of all pods together.")
            int max,

            @JsonPropertyDescription("Pods that it is split over.")
            int pods,

            @JsonPropertyDescription("Most connections of one pod; where they share by demand, when all have the same.")
            int perPod,

            @JsonPropertyDescription("Connections that stay free for pods that nobody planned (surgeReserve).")
            int reserved,

            @JsonPropertyDescription("With share ByDemand: fewest connections that one of the pods may have now.")
            @Nullable
            Integer least,

            @JsonPropertyDescription("With share ByDemand: most connections that one of the pods may have now.")
            @Nullable
            Integer most) {}

    /// What the autoscaler did last and what it waits for.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Autoscaling(
            @JsonPropertyDescription("When it changed replicas last (RFC 3339).") @Nullable
            String lastScaleTime,

            @JsonPropertyDescription("What it did then, and why.") @Nullable
            String lastScale,

            @JsonPropertyDescription("Since when fewer pods would be enough (RFC 3339).") @Nullable
            String enoughSince,

            @JsonPropertyDescription("Most pods that were needed since then.") @Nullable
            Integer needed) {

        /// Nothing was done and nothing is waited for.
        public static final Autoscaling IDLE = new Autoscaling(null, null, null, null);
    }

    /// A change that waits for approval.
    public record Pending(
            @JsonPropertyDescription("Value for the annotation pgdoorman.io/approve-hash.")
            String hash,

            @JsonPropertyDescription(
                    "What it would do to pods: hot (loaded without a restart), resize (changed in place where the"
                            + " cluster can, else replaced) or roll (replaced).")
            String effect,

            @JsonPropertyDescription("The fields, at most 20.")
            List<String> changes,

            @JsonPropertyDescription("What would be refused in it.")
            List<String> problems) {

        /// Most fields that [#changes] lists.
        public static final int CHANGES_SHOWN = 20;
    }

    /// A template that replaces pods once it is accepted.
    public record Upgrade(
            @JsonPropertyDescription("Value for the annotation pgdoorman.io/accept-upgrade.")
            String hash,

            @JsonPropertyDescription("Image that pods would run.")
            String image) {}

    /// A pod out of step.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Pod(
            @JsonPropertyDescription("Name of the pod.") String name,

            @JsonPropertyDescription("Hash of the configuration it runs, if it said so.") @Nullable
            String hash,

            @JsonPropertyDescription("Pending, Starting, Ready, Draining, Terminating or Unreachable.")
            String state,

            @JsonPropertyDescription("Why it is out of step.")
            String reason,

            @JsonPropertyDescription("Clients that a pod that leaves still has.") @Nullable
            Integer clientsLeft) {}

    /// Where clients connect.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Endpoints(
            @JsonPropertyDescription("Host and port for reading and writing.") @Nullable
            String readWrite,

            @JsonPropertyDescription("Host and port for reading.") @Nullable
            String readOnly) {}
}
