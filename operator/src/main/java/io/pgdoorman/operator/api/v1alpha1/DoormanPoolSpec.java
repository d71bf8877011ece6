package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.crd.generator.annotation.PreserveUnknownFields;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraint;
import io.fabric8.kubernetes.model.annotation.SpecReplicas;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the user wants. Defaults stand in the schema and nowhere else: the API server (or [Manifest]) fills them in.
@ValidationRule(
        value = "self.databases.all(d, d.serverRefs.all(r, self.servers.exists(s, s.name == r)))",
        message = "each of databases[].serverRefs must name one of servers[]")
@ValidationRule(
        value = "self.databases.all(d, !has(d.readOnlyServerRefs)"
                + " || d.readOnlyServerRefs.all(r, self.servers.exists(s, s.name == r)))",
        message = "each of databases[].readOnlyServerRefs must name one of servers[]")
@ValidationRule(
        value = "!has(self.readOnlyService) || !has(self.readOnlyService.enabled) || !self.readOnlyService.enabled"
                + " || self.databases.exists(d, has(d.readOnlyServerRefs))",
        message = ReadOnlyServiceSpec.LEADS_NOWHERE)
@ValidationRule(value = "!has(self.image) || !has(self.version)", message = DoormanPoolSpec.TWO_IMAGES)
@ValidationRule(
        value = "!has(self.access) || !has(self.access.rules)"
                + " || self.access.rules.all(r, r.databases.all(d, self.databases.exists(x, x.name == d)))",
        message = "each of access.rules[].databases must name one of databases[]")
@ValidationRule(
        value = "!has(self.access) || !has(self.access.rules)"
                + " || self.access.rules.all(r, r.roles.all(o, has(self.auth.users)"
                + " && self.auth.users.exists(u, u.name == o.user)))",
        message = "each of access.rules[].roles[].user must name one of auth.users[]")
@ValidationRule(
        value = "!has(self.auth.tokenIssuers) || size(self.auth.tokenIssuers) == 0"
                + " || (has(self.tls) && has(self.tls.client)"
                + " && (has(self.tls.client.certSecretRef) || has(self.tls.client.issuerRef)))",
        message = DoormanPoolSpec.TOKENS_IN_CLEAR)
@ValidationRule(
        value = "!has(self.env) || self.env.all(e, e.name != 'POOLER_JAVA_OPTS')",
        message = DoormanPoolSpec.OPTIONS_ELSEWHERE)
@ValidationRule(
        value = "!has(self.volumeMounts) || self.volumeMounts.all(m,"
                + " has(self.volumes) && self.volumes.exists(v, v.name == m.name))",
        message = DoormanPoolSpec.MOUNTS_NOTHING)
@ValidationRule(
        value = "!has(self.sidecars) || self.sidecars.all(s, !has(s.volumeMounts) || s.volumeMounts.all(m,"
                + " has(self.volumes) && self.volumes.exists(v, v.name == m.name)))",
        message = DoormanPoolSpec.MOUNTS_NOTHING)
@ValidationRule(
        value = "!has(self.volumeMounts) || self.volumeMounts.all(m, m.mountPath != '/tmp'"
                + " && m.mountPath != '/etc/pgdoorman' && !m.mountPath.startsWith('/etc/pgdoorman/'))",
        message = DoormanPoolSpec.MOUNTS_OVER)
@ValidationRule(
        value = "!has(self.jvm) || !has(self.jvm.heapPercent)"
                + " || (has(self.resources) && has(self.resources.limits) && 'memory' in self.resources.limits)",
        message = JvmSpec.NEEDS_LIMIT)
@ValidationRule(
        value = "!has(self.pause) || !has(self.pause.databases)"
                + " || self.pause.databases.all(d, self.databases.exists(x, x.name == d))",
        message = PauseSpec.UNKNOWN)
@ValidationRule(value = "self.replicas > 0 || (has(self.pause) && self.pause.all)", message = PauseSpec.NO_PODS)
public record DoormanPoolSpec(
        @Change(ChangeClass.SCALE)
        @SpecReplicas
        @Default("2")
        @Min(0)
        @Max(200)
        @JsonPropertyDescription("Number of pooler pods.")
        int replicas,

        @Change(ChangeClass.ROLL)
        @Size(min = 1, max = 500)
        @JsonPropertyDescription("Image of the pooler; the operator's own default if absent.")
        @Nullable
        String image,

        @Change(ChangeClass.ROLL)
        @Size(min = 1, max = 128)
        @Pattern("^[a-zA-Z0-9_][-._a-zA-Z0-9]*$")
        @JsonPropertyDescription(
                "Version of the pooler: this tag of the operator's default image. Older ones are allowed, too.")
        @Nullable
        String version,

        @Change(ChangeClass.ROLL)
        @JsonPropertyDescription("When the kubelet pulls the image; Kubernetes' own default if absent.")
        @Nullable
        PullPolicy imagePullPolicy,

        @Change(ChangeClass.ROLL)
        @ListMap("name")
        @Size(max = 16)
        @JsonPropertyDescription("Secrets with registry credentials.")
        @Nullable
        List<LocalObjectReference> imagePullSecrets,

        @Change(ChangeClass.HOT)
        @Default("Transaction")
        @JsonPropertyDescription("How long a client keeps a server: one transaction, or its whole session.")
        PoolMode poolMode,

        @Change(ChangeClass.ROLL)
        @Default("6432")
        @Min(1024)
        @Max(65535)
        @JsonPropertyDescription("Port that clients connect to.")
        int port,

        @Change(ChangeClass.HOT)
        @Required
        @ListMap("name")
        @Size(min = 1, max = 32)
        @JsonPropertyDescription("PostgreSQL servers behind this pool.")
        List<ServerSpec> servers,

        @Change(ChangeClass.HOT)
        @Required
        @ListMap("name")
        @Size(min = 1, max = 512)
        @JsonPropertyDescription("Databases that clients see.")
        List<DatabaseSpec> databases,

        @Change(ChangeClass.HOT) @Required @JsonPropertyDescription("Who may log in.")
        AuthSpec auth,

        @Change(ChangeClass.HOT) @Default("{}") @JsonPropertyDescription("Encryption.")
        TlsSpec tls,

        @Change(ChangeClass.HOT)
        @Default("{}")
        @JsonPropertyDescription("What other namespaces may claim with a DoormanDatabaseAccess.")
        AccessSpec access,

        @Change(ChangeClass.HOT) @Default("{}") @JsonPropertyDescription("Bounds per pod.")
        LimitsSpec limits,

        @Change(ChangeClass.HOT) @Default("{}") @JsonPropertyDescription("Bounds of all pods together.")
        BudgetSpec budget,

        @Change(ChangeClass.HOT)
        @Default("{}")
        @JsonPropertyDescription("Databases that lend no servers: what clients ask for waits.")
        PauseSpec pause,

        @Change(ChangeClass.HOT)
        @PreserveUnknownFields
        @JsonPropertyDescription(
                "Keys of the pooler's own configuration (pooler/config/REFERENCE.md) that have no field here: below"
                        + " general, and below pools and the name of a database. Only such as a running pooler"
                        + " takes.")
        @Nullable
        JsonNode extraConfig,

        @Change(ChangeClass.DESIRED)
        @Default("{}")
        @JsonPropertyDescription("How a changed configuration reaches running pods.")
        ReloadSpec reload,

        @Change(ChangeClass.DESIRED) @Default("{}") @JsonPropertyDescription("How pods are replaced.")
        RolloutSpec rollout,

        @Change(ChangeClass.DESIRED) @Default("{}") @JsonPropertyDescription("How many pods there are.")
        AutoscalingSpec autoscaling,

        @Change(ChangeClass.DESIRED) @Default("{}") @JsonPropertyDescription("The Service in front of the pods.")
        ServiceSpec service,

        @Change(ChangeClass.DESIRED)
        @Default("{}")
        @JsonPropertyDescription("A second Service in front of the pods, for those who only read.")
        ReadOnlyServiceSpec readOnlyService,

        @Change(ChangeClass.DESIRED) @Default("{}") @JsonPropertyDescription("Who may reach the pods.")
        NetworkPolicySpec networkPolicy,

        @Change(ChangeClass.RESIZE)
        @JsonPropertyDescription(
                "CPU and memory of the pooler's container. Pods that run get other requests, another memory limit and"
                        + " another CPU limit of as many cores; what changes their heap or their number of event loops"
                        + " replaces them.")
        @Nullable
        ResourceRequirements resources,

        @Change(ChangeClass.ROLL) @JsonPropertyDescription("Labels that a node must have.") @Nullable
        Map<String, String> nodeSelector,

        @Change(ChangeClass.ROLL) @Size(max = 64) @JsonPropertyDescription("Taints that the pods tolerate.") @Nullable
        List<Toleration> tolerations,

        @Change(ChangeClass.ROLL) @JsonPropertyDescription("Node and pod affinity.") @Nullable
        Affinity affinity,

        @Change(ChangeClass.ROLL)
        @Size(max = 16)
        @JsonPropertyDescription("Replaces the default, a soft spread over nodes.")
        @Nullable
        List<TopologySpreadConstraint> topologySpreadConstraints,

        @Change(ChangeClass.ROLL)
        @Size(min = 1, max = 253)
        @JsonPropertyDescription("Priority class of the pods.")
        @Nullable
        String priorityClassName,

        @Change(ChangeClass.ROLL)
        @Size(min = 1, max = 253)
        @JsonPropertyDescription("Service account of the pods; its token is never mounted.")
        @Nullable
        String serviceAccountName,

        @Change(ChangeClass.ROLL)
        @ListMap("name")
        @Size(max = 64)
        @JsonPropertyDescription("More environment variables of the pooler's container.")
        @Nullable
        List<EnvVar> env,

        @Change(ChangeClass.ROLL)
        @ListMap("name")
        @Size(max = 32)
        @JsonPropertyDescription("More volumes of the pods.")
        @Nullable
        List<VolumeSpec> volumes,

        @Change(ChangeClass.ROLL)
        @ListMap("mountPath")
        @Size(max = 32)
        @JsonPropertyDescription("Where the pooler finds them.")
        @Nullable
        List<VolumeMountSpec> volumeMounts,

        @Change(ChangeClass.ROLL)
        @ListMap("name")
        @Size(max = 8)
        @JsonPropertyDescription(
                "Containers beside the pooler; they begin before it and end after it, so that a proxy to the servers"
                        + " lasts through the drain.")
        @Nullable
        List<SidecarSpec> sidecars,

        @Change(ChangeClass.ROLL) @JsonPropertyDescription("The JVM of the pooler.") @Nullable
        JvmSpec jvm,

        @Change(ChangeClass.ROLL)
        @JsonPropertyDescription("Laid over the pods' template last, for what has no field of its own.")
        @Nullable
        PodTemplateOverlay podTemplate,

        @Change(ChangeClass.DESIRED)
        @Default("{}")
        @JsonPropertyDescription("What a drain of nodes may take at a time.")
        DisruptionBudgetSpec disruptionBudget,

        @Change(ChangeClass.DESIRED) @Default("{}") @JsonPropertyDescription("Who collects the pods' metrics.")
        MonitoringSpec monitoring) {

    static final String TWO_IMAGES = "image names a version already: image and version exclude each other";
    static final String OPTIONS_ELSEWHERE = "POOLER_JAVA_OPTS is made of jvm";
    static final String MOUNTS_NOTHING = "each of volumeMounts must name one of volumes[]";
    static final String MOUNTS_OVER = "/tmp and /etc/pgdoorman are the operator's own";
    static final String TOKENS_IN_CLEAR = "auth.tokenIssuers need a tls.client.certSecretRef: tokens pass in clear";

    /// The user's own volumes, none if absent.
    public List<VolumeSpec> allVolumes() {
        return volumes == null ? List.of() : volumes;
    }

    /// The user's own containers, none if absent.
    public List<SidecarSpec> allSidecars() {
        return sidecars == null ? List.of() : sidecars;
    }

    /// How many event loops the CPU limit gives a pooler, null where there is none.
    public @Nullable Integer eventLoops() {
        return PodRules.eventLoops(this);
    }

    /// The largest heap in MiB, null if the image's own is kept.
    public @Nullable Long heapMib() {
        return PodRules.heapMib(this);
    }
}
