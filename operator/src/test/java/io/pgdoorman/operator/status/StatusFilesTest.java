package io.pgdoorman.operator.status;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatusBuilder;
import io.fabric8.kubernetes.client.CustomResource;
import io.pgdoorman.operator.api.v1alpha1.Condition;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccess;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccessSpec;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccessSpec.PoolRef;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.child.StoredConfig.Rejection;
import io.pgdoorman.operator.observe.PodView;
import io.pgdoorman.operator.plan.Scene;
import io.pgdoorman.operator.podlink.PodLink;
import io.pgdoorman.operator.podlink.PodLink.Load;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Each state that a resource can tell, as a file that the tests of other programs' views read (e2e/install:
/// kstatus, Argo CD); `-Dgolden.write=true` rewrites them.
class StatusFilesTest {

    private static final Path FOLDER = Path.of("src/test/resources/statuses");
    private static final String EDIT = "limits: {maxClientConnections: 77}";
    private static final String RULE = "access: {rules: [{name: apps, from: {namespaces: [apps]}, databases: [shop],"
            + " roles: [{name: ReadWrite, user: app}], quotas: {claims: 1}}]}";
    private static final ObjectMapper YAML = new YAMLMapper(YAMLMapper.builder()
            .disable(YAMLGenerator.Feature.SPLIT_LINES)
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .build()
            .getFactory());

    /// What others have to see in it.
    enum Seen {
        READY("kstatus: Current, argo: Healthy"),
        WORKING("kstatus: InProgress, argo: Progressing"),
        STALLED("kstatus: Failed, argo: Degraded"),
        WAITING("kstatus: InProgress, argo: Suspended");

        private final String words;

        Seen(String words) {
            this.words = words;
        }
    }

    /// A resource in one state.
    record State(String name, Seen seen, CustomResource<?, ?> resource) {
        @Override
        public String toString() {
            return name;
        }
    }

    @ParameterizedTest
    @MethodSource("states")
    void committedFileIsWhatTheOperatorWrites(State state) throws IOException {
        // given
        var file = FOLDER.resolve(state.name() + ".yaml");
        var written = new LinkedHashMap<String, Object>();
        written.put("apiVersion", state.resource().getApiVersion());
        written.put("kind", state.resource().getKind());
        var meta = state.resource().getMetadata();
        var shown = new LinkedHashMap<String, Object>();
        shown.put("name", meta.getName());
        shown.put("generation", meta.getGeneration());
        written.put("metadata", shown);
        written.put("status", Objects.requireNonNull(state.resource().getStatus()));
        var text = "# " + state.seen().words + "\n" + withoutHashes(YAML.writeValueAsString(written));

        // when
        if (Boolean.getBoolean("golden.write")) {
            Files.createDirectories(FOLDER);
            Files.writeString(file, text);
        }

        // then
        assertThat(Files.readString(file))
                .as("%s is behind: run the test with -Dgolden.write=true", file)
                .isEqualTo(text);
    }

    /// They change with every word of the renderer, and nobody reads a state from them.
    private static String withoutHashes(String text) {
        return text.replaceAll("\\b[0-9a-f]{64}\\b", "a-hash");
    }

    @Test
    void everyReasonOfReadyReconcilingAndStalledIsShown() throws IllegalAccessException {
        // given
        var shown = new TreeSet<String>();
        states().forEach(state -> conditions(state.resource()).stream()
                .filter(condition -> List.of(Reasons.READY, Reasons.RECONCILING, Reasons.STALLED)
                        .contains(condition.type()))
                .forEach(condition -> shown.add(condition.reason())));
        var ofOtherConditions = Set.of(("READY RECONCILING STALLED AVAILABLE CONFIG_APPLIED SECRETS_RESOLVED ACCEPTED"
            + " BUDGET_SATISFIED GRANTED OK EXHAUSTED POOLER_BUSY SERVER_SLOW PINNED_SESSIONS USER_REQUESTED DRAINING"
            + " MINIMUM_PODS_READY TOO_FEW_PODS NO_PODS ACKNOWLEDGED PARTIALLY_ACKNOWLEDGED REJECTED PODS_UNREACHABLE"
            + " RESOLVED NOT_FOUND KEY_MISSING CERTIFICATE_EXPIRING MONITORED APPLIED CRD_MISSING SERVERS_REACHABLE"
            + " REACHABLE AUTH_FAILED TLS_FAILED REFUSED CERTIFIED ISSUED NOT_ISSUED")
                .split(" "));

        // when
        var wanted = new TreeSet<String>();
        for (var field : Reasons.class.getDeclaredFields()) {
            if (!ofOtherConditions.contains(field.getName())) {
                wanted.add((String) field.get(null));
            }
        }

        // then
        assertThat(shown).as("a new reason needs a state here").isEqualTo(wanted);
    }

    private static List<Condition> conditions(CustomResource<?, ?> resource) {
        return switch (resource) {
            case DoormanPool pool -> Objects.requireNonNull(pool.getStatus()).conditions();
            case DoormanDatabaseAccess claim ->
                Objects.requireNonNull(claim.getStatus()).conditions();
            default -> throw new IllegalArgumentException(resource.getKind());
        };
    }

    static List<State> states() {
        var all = new ArrayList<State>();
        all.add(of("pool-ready", Seen.READY, settled()));
        all.add(of("pool-upgrade-offered", Seen.READY, settled().operator("pgdoorman/pooler:next")));
        all.add(of("pool-new", Seen.WORKING, new Scene()));
        all.add(of("pool-reloading", Seen.WORKING, settled().edit(EDIT)));
        all.add(of("pool-rolling-out", Seen.WORKING, scaled()));
        all.add(of("pool-resizing", Seen.WORKING, resizing()));
        all.add(of("pool-starting", Seen.WORKING, starting()));
        all.add(of("pool-awaits-approval", Seen.WAITING, settled().edit("reload: {policy: Manual}", EDIT)));
        all.add(of("pool-paused-idle", Seen.READY, settled().annotate(DoormanPool.PAUSED, "true")));
        all.add(of("pool-paused", Seen.WAITING, settled().edit(EDIT).annotate(DoormanPool.PAUSED, "true")));
        all.add(of("pool-rollout-paused", Seen.WAITING, settled().edit("rollout: {paused: true}", "image: pooler:2")));
        all.add(of("pool-refused", Seen.STALLED, refused()));
        all.add(of("pool-secret-missing", Seen.STALLED, settled().noSecret()));
        all.add(of(
                "pool-invalid", Seen.STALLED, settled().edit(RULE).secret("2", "md50123456789abcdef0123456789abcdef")));
        all.add(of(
                "pool-budget-too-small",
                Seen.STALLED,
                settled()
                        .edit(
                                "budget: {maxServerConnections: 20}",
                                "databases: [{name: shop, serverRefs: [main], minPoolSize: 9}]")));
        all.add(of(
                "pool-child-conflict",
                Seen.STALLED,
                new Scene()
                        .child(new ServiceBuilder()
                                .withNewMetadata()
                                .withName("shop")
                                .endMetadata()
                                .build())));
        all.add(of("pool-image-pull", Seen.STALLED, pulling()));
        all.add(of("pool-stuck", Seen.STALLED, stuck()));
        all.add(of("pool-issuing", Seen.WORKING, new Scene("tls: {client: {issuerRef: {name: ca}}}").noCertificate()));
        all.add(of("pool-server-away", Seen.READY, withoutItsServer()));
        claims(all);
        return all;
    }

    private static void claims(List<State> all) {
        var claim = claim("web");
        var scene = settled(RULE).claim(claim);
        all.add(claim("claim-waiting", Seen.WORKING, scene, claim));
        runs(scene);
        var bound = claim("web");
        all.add(claim("claim-bound", Seen.READY, scene.claim(bound), bound));
        var second = claim("web-2");
        all.add(claim("claim-quota", Seen.STALLED, scene.claim(second), second));
        var refused = claim("web");
        all.add(claim("claim-not-granted", Seen.STALLED, settled().claim(refused), refused));
        var byToken = claim("web");
        byToken.setSpec(new DoormanDatabaseAccessSpec(
                new PoolRef("shop", "prod"), "shop", "ReadWrite", "shop-db", "web", null, null, null));
        all.add(claim("claim-tokens-not-accepted", Seen.STALLED, settled(RULE).claim(byToken), byToken));
        var blocked = claim("web");
        var hindered = settled(RULE)
                .claim(blocked)
                .inTheWay(
                        blocked,
                        new SecretBuilder()
                                .withNewMetadata()
                                .withName("shop-db")
                                .withNamespace("apps")
                                .endMetadata()
                                .build());
        hindered.planAndApply();
        runs(hindered);
        all.add(claim("claim-child-conflict", Seen.STALLED, hindered, blocked));
        all.add(unwritten(claim("web")));
    }

    private static State unwritten(DoormanDatabaseAccess claim) {
        var scene = settled(RULE).claim(claim);
        claim.setStatus(ClaimStatusMaker.unwritten(
                scene.pool(),
                scene.seen(),
                new ClaimStatusMaker.Refusal(
                        scene.seen().access().granted().getFirst(),
                        "Secret shop-db: the API server refuses it: exceeded quota: few"),
                scene.now()));
        return new State("claim-secret-refused", Seen.STALLED, claim);
    }

    private static Scene settled(String... extra) {
        var scene = new Scene(extra);
        look(scene);
        scene.rolledOut().pod("a", scene.hash()).pod("b", scene.hash());
        look(scene);
        look(scene);
        return scene.later(Duration.ofMinutes(10));
    }

    private static Scene scaled() {
        var scene = settled().edit("replicas: 3");
        look(scene);
        return scene;
    }

    private static Scene resizing() {
        var scene = settled("resources: {requests: {cpu: 100m}, limits: {memory: 256Mi}}");
        return scene.edit("resources: {requests: {cpu: 200m}, limits: {memory: 512Mi}}");
    }

    private static Scene starting() {
        var scene = scaled();
        return scene.rolledOut().pod(new PodView("c", null, false, false, scene.bootHash(), null, null, null));
    }

    private static Scene refused() {
        var scene = settled().edit(EDIT);
        look(scene);
        return scene.refused(new Rejection(scene.hash(), "a", "general.max_connections: is wrong"));
    }

    private static Scene withoutItsServer() {
        var scene = settled();
        var trouble = new PodLink.Trouble(
                "shop", "unreachable", "cannot connect to server db.example:5432: connection refused");
        return scene.pod(
                "a",
                scene.hash(),
                new PodLink.State(
                        "1", "ready", scene.hash(), 1, null, Load.NONE, List.of(trouble), Set.of(), Map.of(), null));
    }

    private static Scene pulling() {
        var scene = settled();
        return scene.pod(
                new PodView("c", null, false, false, scene.bootHash(), null, "ImagePullBackOff: no such", null));
    }

    private static Scene stuck() {
        var scene = starting();
        Objects.requireNonNull(scene.children().deployment())
                .setStatus(new DeploymentStatusBuilder()
                        .withObservedGeneration(1L)
                        .withReplicas(3)
                        .withUpdatedReplicas(3)
                        .addNewCondition()
                        .withType("Progressing")
                        .withStatus("False")
                        .withReason("ProgressDeadlineExceeded")
                        .endCondition()
                        .build());
        return scene;
    }

    private static Scene runs(Scene scene) {
        var hash = scene.stored().current().hash();
        scene.pod("a", hash).pod("b", hash);
        scene.planAndApply();
        return scene;
    }

    private static void look(Scene scene) {
        var seen = scene.seen();
        scene.pool()
                .setStatus(StatusMaker.make(
                        scene.inForce(),
                        seen,
                        scene.planAndApply(),
                        new StatusMaker.Circumstances(
                                scene.defaultImage(), scene.now(), scene.pending(), scene.held(), List.of())));
    }

    private static State of(String name, Seen seen, Scene scene) {
        look(scene);
        return new State(name, seen, scene.pool());
    }

    private static DoormanDatabaseAccess claim(String name) {
        var claim = new DoormanDatabaseAccess();
        claim.setMetadata(new ObjectMetaBuilder()
                .withNamespace("apps")
                .withName(name)
                .withUid(name)
                .withGeneration(1L)
                .withCreationTimestamp("2026-11-24T12:00:0" + name.length() % 10 + "Z")
                .build());
        claim.setSpec(new DoormanDatabaseAccessSpec(
                new PoolRef("shop", "prod"), "shop", "ReadWrite", "shop-db", null, null, null, null));
        return claim;
    }

    private static State claim(String name, Seen seen, Scene scene, DoormanDatabaseAccess claim) {
        var observation = scene.seen();
        var plan = scene.planAndApply();
        var decision = observation.access().decisions().stream()
                .filter(one -> one.claim().equals(claim))
                .findFirst()
                .orElseThrow();
        claim.setStatus(ClaimStatusMaker.make(scene.pool(), observation, plan, decision, scene.now()));
        return new State(name, seen, claim);
    }
}
