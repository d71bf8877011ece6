package io.pgdoorman.operator.plan;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatusBuilder;
import io.pgdoorman.operator.access.Consent;
import io.pgdoorman.operator.access.Decision;
import io.pgdoorman.operator.access.TenantPassword;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccess;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolStatus.Pending;
import io.pgdoorman.operator.api.v1alpha1.Manifest;
import io.pgdoorman.operator.api.v1alpha1.SecretRef;
import io.pgdoorman.operator.child.ConfigMapChild;
import io.pgdoorman.operator.child.Names;
import io.pgdoorman.operator.child.StoredConfig;
import io.pgdoorman.operator.child.StoredConfig.Rejection;
import io.pgdoorman.operator.observe.Observation;
import io.pgdoorman.operator.observe.Observation.Access;
import io.pgdoorman.operator.observe.Observation.Children;
import io.pgdoorman.operator.observe.Observation.Credential;
import io.pgdoorman.operator.observe.Observation.Missing;
import io.pgdoorman.operator.observe.Observation.References;
import io.pgdoorman.operator.observe.PodView;
import io.pgdoorman.operator.podlink.PodLink;
import io.pgdoorman.operator.podlink.PodLink.Load;
import io.pgdoorman.operator.podlink.PodLink.State;
import io.pgdoorman.operator.render.SecretValue;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A pool and its world, told in a few words; applying a step changes the world as an API server would.
public final class Scene {

    public static final String IMAGE = "pgdoorman/pooler:dev";
    public static final Planner.Defaults DEFAULTS = new Planner.Defaults(IMAGE, "doorman");
    public static final String BOOT = "boot";

    /// What the Deployment's controller calls the template of all pods.
    public static final String TEMPLATE = "t1";

    private static final SecretRef APP = new SecretRef("app-db", "password");

    private final TreeMap<String, PodView> pods = new TreeMap<>();
    private final HashMap<SecretRef, SecretValue> secrets = new HashMap<>(Map.of(APP, new SecretValue("1", "s3cret")));
    private List<Missing> missing = List.of();
    private final TreeMap<String, DoormanDatabaseAccess> claims = new TreeMap<>();
    private final TreeMap<String, Secret> outputs = new TreeMap<>();
    private final Map<String, TenantPassword> exchanged = new HashMap<>();
    private Children children = Children.NONE;
    private List<String> extra;
    private DoormanPool pool;
    private Instant now = Instant.parse("2026-11-24T12:00:00Z");
    private @Nullable Rejection rejection;
    private Planner.Defaults defaults = DEFAULTS;

    public Scene(String... extra) {
        this.extra = List.of(extra);
        this.pool = pool(1, extra);
    }

    /// A Secret that the spec may refer to. All its values have one version.
    public Scene secret(String name, Map<String, String> values) {
        var version = String.valueOf(secrets.size() + 1);
        values.forEach((key, value) -> secrets.put(new SecretRef(name, key), new SecretValue(version, value)));
        return this;
    }

    /// A pool whose two pods run what it wants.
    public static Scene settled(String... extra) {
        var scene = new Scene(extra);
        scene.planAndApply();
        scene.rolledOut().pod("a", scene.hash()).pod("b", scene.hash());
        scene.planAndApply();
        return scene;
    }

    private static DoormanPool pool(long generation, String... extra) {
        var manifest = """
            apiVersion: pgdoorman.io/v1alpha1
            kind: DoormanPool
            metadata: {name: shop, namespace: prod, uid: u-1, generation: %d}
            spec:
              servers: [{name: main, host: db.example}]
              databases: [{name: shop, serverRefs: [main]}]
              auth: {users: [{name: app, secretRef: {name: app-db}}]}
            """.formatted(generation);
        for (var line : extra) {
            var key = line.substring(0, line.indexOf(':') + 1);
            manifest = manifest.lines()
                            .filter(old -> !old.strip().startsWith(key))
                            .reduce("", (all, old) -> all + old + "\n")
                    + "  " + line + "\n";
        }
        var read = Manifest.readAll(manifest).getFirst();
        if (read instanceof Manifest.Read.Valid(var valid)) {
            return valid;
        }
        throw new AssertionError(read.toString());
    }

    /// The spec becomes another one, with a new generation.
    public Scene edit(String... extra) {
        var status = pool.getStatus();
        this.extra = List.of(extra);
        pool = pool(pool.getMetadata().getGeneration() + 1, extra);
        pool.setStatus(status);
        return this;
    }

    private String[] withReplicas(int replicas) {
        return Stream.concat(
                        extra.stream().filter(line -> !line.startsWith("replicas:")),
                        Stream.of("replicas: " + replicas))
                .toArray(String[]::new);
    }

    /// What is in force, as the operator's own loop decides it: the rest waits.
    private Approval approval() {
        return Approval.of(pool, ConfigMapChild.approved(children.config()));
    }

    public @Nullable Pending pending() {
        return approval().pending();
    }

    /// The pool with the spec that is in force.
    public DoormanPool inForce() {
        return approval().pool();
    }

    /// What waits for the end of a pause.
    public List<String> held() {
        return approval().held();
    }

    /// Another operator, which gives this image to pools that name none.
    public Scene operator(String image) {
        defaults = new Planner.Defaults(image, DEFAULTS.operatorNamespace());
        return this;
    }

    public String defaultImage() {
        return defaults.image();
    }

    public Scene annotate(String key, String value) {
        pool.getMetadata().setAnnotations(Map.of(key, value));
        return this;
    }

    public Scene secret(String version, String value) {
        secrets.put(APP, new SecretValue(version, value));
        missing = List.of();
        return this;
    }

    /// One more value that the spec may refer to.
    public Scene secret(SecretRef ref, String value) {
        secrets.put(ref, new SecretValue(String.valueOf(secrets.size() + 1), value));
        return this;
    }

    public Scene noSecret() {
        missing = List.of(new Missing("user app", APP, false));
        return this;
    }

    /// A claim of an application for the database of the pool.
    public Scene claim(DoormanDatabaseAccess claim) {
        claims.put(claim.getMetadata().getUid(), claim);
        return this;
    }

    public Scene withdraw(DoormanDatabaseAccess claim) {
        claims.remove(claim.getMetadata().getUid());
        outputs.remove(claim.getMetadata().getUid());
        return this;
    }

    /// What lies beside a claim.
    public @Nullable Secret output(DoormanDatabaseAccess claim) {
        return outputs.get(claim.getMetadata().getUid());
    }

    /// A Secret that somebody put where the claim's own would be.
    public Scene inTheWay(DoormanDatabaseAccess claim, Secret secret) {
        outputs.put(claim.getMetadata().getUid(), secret);
        return this;
    }

    private Access access() {
        var all = List.copyOf(claims.values());
        var labels = Map.of("apps", Map.of("team", "shop"));
        var decisions = Consent.both(Consent.decide(approval().pool(), all, labels), Consent.decide(pool, all, labels));
        var passwords = new TreeMap<String, Credential>();
        decisions.forEach(decision -> {
            if (decision instanceof Decision.Granted granted) {
                passwords.put(granted.user(), password(granted.user()));
            }
        });
        var beside = new TreeMap<String, List<Secret>>();
        outputs.forEach((uid, secret) -> beside.put(uid, List.of(secret)));
        return new Access(decisions, passwords, beside);
    }

    private Credential password(String user) {
        var kept = exchanged.getOrDefault(user, TenantPassword.first("password-of-" + user));
        var previous = kept.previous();
        return new Credential(
                kept, new SecretValue("1", kept.value()), previous == null ? null : new SecretValue("0", previous));
    }

    /// Gives a claim's user this password.
    public Scene password(String user, TenantPassword password) {
        exchanged.put(user, password);
        return this;
    }

    public Scene later(Duration duration) {
        now = now.plus(duration);
        return this;
    }

    public Scene refused(Rejection refusal) {
        rejection = refusal;
        return this;
    }

    /// A ready pod of the newest template that runs this configuration.
    public Scene pod(String name, @Nullable String loadedHash) {
        return pod(name, loadedHash, new State("1", "ready", loadedHash, 1, null, Load.NONE, Map.of()));
    }

    public Scene pod(String name, @Nullable String toldHash, PodLink.@Nullable StateAnswer answer) {
        return pod(new PodView(
                name, "10.0.0.1", true, false, bootHash(), toldHash, null, TEMPLATE, null, answer, null, null));
    }

    public Scene pod(PodView pod) {
        pods.put(pod.name(), pod);
        return this;
    }

    /// The certificate that the pool's issuer is to sign is not there yet.
    public Scene noCertificate() {
        missing = List.of(new Missing("tls.client", new SecretRef(SecretRef.ISSUED, "tls.crt"), false));
        return this;
    }

    /// It is there.
    public Scene certificate(String pem) {
        missing = List.of();
        return secret(new SecretRef(SecretRef.ISSUED, "tls.crt"), pem)
                .secret(new SecretRef(SecretRef.ISSUED, "tls.key"), "-----BEGIN PRIVATE KEY-----");
    }

    public Scene noPods() {
        pods.clear();
        return this;
    }

    public Scene child(HasMetadata child) {
        children = children.with(child);
        return this;
    }

    /// An object is not there, or where it is looked for.
    public Scene unseen(HasMetadata child) {
        children = children.without(child);
        return this;
    }

    /// A cluster that lacks kinds of other operators.
    public Scene knowsNo(String... kinds) {
        children = children.withUnknown(Set.of(kinds));
        return this;
    }

    /// The Deployment's controller has done its work.
    public Scene rolledOut() {
        var replicas = deployment().getSpec().getReplicas();
        deployment().getMetadata().setGeneration(1L);
        deployment()
                .setStatus(new DeploymentStatusBuilder()
                        .withObservedGeneration(1L)
                        .withReplicas(replicas)
                        .withUpdatedReplicas(replicas)
                        .build());
        return this;
    }

    /// The Deployment's controller waited long enough for the pods of its newest template.
    ///
    /// @param updated pods of that template, of which none is ready
    public Scene stuck(int updated) {
        deployment().getMetadata().setGeneration(2L);
        deployment()
                .setStatus(new DeploymentStatusBuilder()
                        .withObservedGeneration(2L)
                        .withReplicas(deployment().getSpec().getReplicas() + updated)
                        .withUpdatedReplicas(updated)
                        .withUnavailableReplicas(updated)
                        .addNewCondition()
                        .withType("Progressing")
                        .withReason("ProgressDeadlineExceeded")
                        .endCondition()
                        .build());
        return this;
    }

    public Deployment deployment() {
        return Objects.requireNonNull(children.deployment());
    }

    /// Of the pooler, as the Deployment has it.
    public String image() {
        return deployment()
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst()
                .getImage();
    }

    public Plan plan() {
        return Planner.plan(approval().pool(), want(), seen(), new Planner.Moment(now, defaults, rejection));
    }

    /// Plans and lets the API server do what it is told.
    public Plan planAndApply() {
        var plan = plan();
        plan.steps().forEach(this::apply);
        rejection = null;
        return plan;
    }

    /// Lets the API server do one step; pods are the test's.
    public void apply(Step step) {
        switch (step) {
            case Step.Apply(Secret child) when isBesideAClaim(child) -> outputs.put(claimOf(child), child);
            case Step.Remove(Secret child) when isBesideAClaim(child) -> outputs.remove(claimOf(child));
            case Step.Apply(var child) -> children = children.with(child);
            case Step.Remove(var child) -> children = children.without(child);
            case Step.Scale(var replicas) -> edit(withReplicas(replicas));
            case Step.Nudge _, Step.Reload _, Step.Revoke _, Step.Expel _, Step.Grant _, Step.Hold _, Step.Allow _ -> {}
            case Step.Resize _, Step.Template _ -> {}
        }
    }

    private static boolean isBesideAClaim(HasMetadata object) {
        return object.getMetadata().getLabels().containsKey(Names.CLAIM_LABEL);
    }

    private static String claimOf(HasMetadata object) {
        return Objects.requireNonNull(object.getMetadata().getLabels().get(Names.CLAIM_LABEL));
    }

    public Want want() {
        return Budget.want(approval().pool(), seen(), defaults);
    }

    public String hash() {
        return want() instanceof Want.Config(var rendered) ? rendered.hash() : "";
    }

    public String bootHash() {
        var live = children.deployment();
        if (live != null) {
            return Objects.requireNonNull(
                    live.getSpec().getTemplate().getMetadata().getAnnotations().get(Names.BOOT_HASH));
        }
        return want() instanceof Want.Config(var rendered) ? rendered.bootHash() : BOOT;
    }

    public StoredConfig stored() {
        return Objects.requireNonNull(ConfigMapChild.read(Objects.requireNonNull(children.config())));
    }

    public Observation seen() {
        return new Observation(
                children, List.copyOf(pods.values()), new References(secrets, missing), "admin-password", access());
    }

    public DoormanPool pool() {
        return pool;
    }

    public Children children() {
        return children;
    }

    public Instant now() {
        return now;
    }
}
