package io.pgdoorman.operator.child;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.Lifecycle;
import io.fabric8.kubernetes.api.model.LifecycleBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.ProbeBuilder;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraint;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraintBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolSpec;
import io.pgdoorman.operator.api.v1alpha1.GoDuration;
import io.pgdoorman.operator.api.v1alpha1.Overlay;
import io.pgdoorman.operator.render.Place;
import io.pgdoorman.operator.render.Renderer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The Deployment. A hot change must never alter its template: of the configuration it knows the boot hash only.
///
/// Canonical forms and no empty or zero values: the server drops those, and each pass would write again.
public final class DeploymentChild {

    /// Time between the end of the drain and the kubelet's SIGKILL.
    private static final Duration MARGIN = Duration.ofSeconds(15);

    /// What a kubelet may lag behind the API server.
    private static final Duration LATE = Duration.ofSeconds(30);

    private static final int STARTUP_SECONDS = 60;

    /// Name of the pooler's container.
    public static final String CONTAINER = "pooler";

    private static final String CLIENTS = "postgres";
    private static final String READERS = "postgres-ro";
    private static final String WEB = "http";
    private static final String CONFIG = "config";
    private static final String TMP = "tmp";

    private final DoormanPool pool;
    private final DoormanPoolSpec spec;

    private DeploymentChild(DoormanPool pool) {
        this.pool = pool;
        this.spec = pool.getSpec();
    }

    /// The Deployment of a pool.
    public static Deployment of(DoormanPool pool, String defaultImage, String bootHash) {
        return new DeploymentChild(pool).build(image(pool, defaultImage), bootHash);
    }

    /// The image that new pods run.
    public static String image(DoormanPool pool, String defaultImage) {
        var image = pool.getSpec().image();
        var version = pool.getSpec().version();
        return image != null ? image : version == null ? defaultImage : tagged(defaultImage, version);
    }

    /// The same image with another tag; a port of its registry is no tag.
    private static String tagged(String image, String version) {
        var name = image.contains("@") ? image.substring(0, image.indexOf('@')) : image;
        var colon = name.indexOf(':', name.lastIndexOf('/') + 1);
        return (colon < 0 ? name : name.substring(0, colon)) + ":" + version;
    }

    /// Port by name, so that a Service reaches pods of both templates while the port changes.
    static String clientPort() {
        return CLIENTS;
    }

    static String readOnlyPort() {
        return READERS;
    }

    static String webPort() {
        return WEB;
    }

    private Deployment build(String image, String bootHash) {
        var template = template(image, bootHash);
        return new DeploymentBuilder()
                .withMetadata(
                        Names.meta(pool, Names.main(pool), Map.of(Names.TEMPLATE_HASH, Drift.hash((Object) template))))
                .withNewSpec()
                .withReplicas(spec.replicas())
                .withRevisionHistoryLimit(3)
                .withProgressDeadlineSeconds(
                        seconds(GoDuration.parse(spec.rollout().progressDeadline())))
                .withNewSelector()
                .withMatchLabels(Names.selector(pool))
                .endSelector()
                .withNewStrategy()
                .withType("RollingUpdate")
                .withNewRollingUpdate()
                .withNewMaxSurge(spec.rollout().maxSurge())
                .withNewMaxUnavailable(spec.rollout().maxUnavailable())
                .endRollingUpdate()
                .endStrategy()
                .withTemplate(template)
                .endSpec()
                .build();
    }

    private PodTemplateSpec template(String image, String bootHash) {
        var own = new PodTemplateSpecBuilder()
                .withNewMetadata()
                .withLabels(Names.labels(pool))
                .withAnnotations(Map.of(Names.BOOT_HASH, bootHash))
                .endMetadata()
                .withSpec(pod(image))
                .build();
        return Overlay.on(own, spec.podTemplate());
    }

    private PodSpec pod(String image) {
        var pod = new PodSpecBuilder()
                .withAutomountServiceAccountToken(false)
                .withEnableServiceLinks(false)
                .withTerminationGracePeriodSeconds((long) graceSeconds())
                .withNewSecurityContext()
                .withRunAsNonRoot(true)
                .withNewSeccompProfile()
                .withType("RuntimeDefault")
                .endSeccompProfile()
                .endSecurityContext()
                .withContainers(container(image))
                .withVolumes(configVolume(), tmpVolume())
                .addAllToVolumes(PodExtras.volumes(spec))
                .withInitContainers(PodExtras.sidecars(spec))
                .withTopologySpreadConstraints(spread());
        schedule(pod);
        return pod.build();
    }

    private void schedule(PodSpecBuilder pod) {
        if (filled(spec.imagePullSecrets())) {
            pod.withImagePullSecrets(spec.imagePullSecrets());
        }
        if (spec.nodeSelector() != null && !spec.nodeSelector().isEmpty()) {
            pod.withNodeSelector(spec.nodeSelector());
        }
        if (filled(spec.tolerations())) {
            pod.withTolerations(spec.tolerations());
        }
        if (spec.affinity() != null) {
            pod.withAffinity(spec.affinity());
        }
        if (spec.priorityClassName() != null) {
            pod.withPriorityClassName(spec.priorityClassName());
        }
        if (spec.serviceAccountName() != null) {
            pod.withServiceAccountName(spec.serviceAccountName());
        }
    }

    private static boolean filled(@Nullable List<?> list) {
        return list != null && !list.isEmpty();
    }

    private Container container(String image) {
        var policy = spec.imagePullPolicy();
        var container = new ContainerBuilder()
                .withName(CONTAINER)
                .withImage(image)
                .withImagePullPolicy(policy == null ? null : policy.name())
                .withArgs(Place.POD_FOLDER + "/" + Renderer.CONFIG_FILE)
                .withEnv(PodExtras.env(spec))
                .addNewPort()
                .withName(CLIENTS)
                .withContainerPort(spec.port())
                .withProtocol("TCP")
                .endPort()
                .addNewPort()
                .withName(WEB)
                .withContainerPort(Place.POD_WEB_PORT)
                .withProtocol("TCP")
                .endPort()
                .withNewSecurityContext()
                .withAllowPrivilegeEscalation(false)
                .withReadOnlyRootFilesystem(true)
                .withNewCapabilities()
                .withDrop("ALL")
                .endCapabilities()
                .endSecurityContext()
                .withStartupProbe(probe("/startupz", 1, STARTUP_SECONDS))
                .withReadinessProbe(probe("/readyz", 2, 2))
                .withLivenessProbe(probe("/healthz", 10, 3))
                .withLifecycle(lifecycle())
                .addNewVolumeMount()
                .withName(CONFIG)
                .withMountPath(Place.POD_FOLDER)
                .withReadOnly(true)
                .endVolumeMount()
                .addNewVolumeMount()
                .withName(TMP)
                .withMountPath("/tmp")
                .endVolumeMount()
                .addAllToVolumeMounts(PodExtras.mounts(spec.volumeMounts()));
        if (spec.readOnlyService().enabled()) {
            container
                    .addNewPort()
                    .withName(READERS)
                    .withContainerPort(Place.POD_READ_ONLY_PORT)
                    .withProtocol("TCP")
                    .endPort();
        }
        var resources = spec.resources();
        if (resources != null) {
            container.withResources(resources);
        }
        return container.build();
    }

    private static Probe probe(String path, int periodSeconds, int failures) {
        return new ProbeBuilder()
                .withNewHttpGet()
                .withPath(path)
                .withNewPort(WEB)
                .endHttpGet()
                .withPeriodSeconds(periodSeconds)
                .withTimeoutSeconds(5)
                .withFailureThreshold(failures)
                .build();
    }

    /// Serves on until endpoints are updated; the drain itself begins with SIGTERM and needs no operator.
    private @Nullable Lifecycle lifecycle() {
        var delay = endpointDelaySeconds();
        return delay == 0
                ? null
                : new LifecycleBuilder()
                        .withNewPreStop()
                        .withNewSleep((long) delay)
                        .endPreStop()
                        .build();
    }

    private int endpointDelaySeconds() {
        return seconds(GoDuration.parse(spec.rollout().drain().endpointDelay()));
    }

    /// How long a pod that is in the place of others waits for them where nobody lets it in.
    static int unattendedSeconds(DoormanPool pool) {
        var child = new DeploymentChild(pool);
        var own = pool.getSpec().budget().unattendedWait();
        return own == null
                ? child.endpointDelaySeconds()
                        + seconds(GoDuration.parse(
                                        pool.getSpec().rollout().drain().timeout())
                                .plus(MARGIN)
                                .plus(LATE))
                : seconds(GoDuration.parse(own));
    }

    private int graceSeconds() {
        return endpointDelaySeconds() + seconds(spec.rollout().drain().longest().plus(MARGIN));
    }

    private static int seconds(Duration duration) {
        return Math.toIntExact(duration.plusMillis(999).toSeconds());
    }

    /// One projected volume without subPath: the kubelet swaps configuration and secrets in one step.
    private Volume configVolume() {
        return new VolumeBuilder()
                .withName(CONFIG)
                .withNewProjected()
                .addNewSource()
                .withNewConfigMap()
                .withName(Names.config(pool))
                .endConfigMap()
                .endSource()
                .addNewSource()
                .withNewSecret()
                .withName(Names.secrets(pool))
                .endSecret()
                .endSource()
                .addNewSource()
                .withNewSecret()
                .withName(Names.admin(pool))
                .addNewItem()
                .withKey("password")
                .withPath(Renderer.ADMIN_PASSWORD_FILE)
                .endItem()
                .endSecret()
                .endSource()
                .endProjected()
                .build();
    }

    private static Volume tmpVolume() {
        return new VolumeBuilder().withName(TMP).withNewEmptyDir().endEmptyDir().build();
    }

    private List<TopologySpreadConstraint> spread() {
        var own = spec.topologySpreadConstraints();
        if (own != null && !own.isEmpty()) {
            return own;
        }
        return List.of(new TopologySpreadConstraintBuilder()
                .withMaxSkew(1)
                .withTopologyKey("kubernetes.io/hostname")
                .withWhenUnsatisfiable("ScheduleAnyway")
                .withLabelSelector(new LabelSelectorBuilder()
                        .withMatchLabels(Names.selector(pool))
                        .build())
                .build());
    }
}
