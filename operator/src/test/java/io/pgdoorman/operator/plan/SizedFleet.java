package io.pgdoorman.operator.plan;

import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatusBuilder;
import io.pgdoorman.operator.api.v1alpha1.ContainerSize;
import io.pgdoorman.operator.observe.PodSize;
import io.pgdoorman.operator.observe.PodView;
import io.pgdoorman.operator.podlink.PodLink.Load;
import io.pgdoorman.operator.podlink.PodLink.State;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The pods of a [Scene] with their sizes, their kubelets, and their Deployment's controller as it is: it sees the
/// Deployment and its ReplicaSet late and each at its own time, and makes another ReplicaSet for a template that the
/// one it sees has not.
final class SizedFleet {

    private final Scene scene;
    private final TreeMap<String, PodSize> pods = new TreeMap<>();
    private @Nullable PodTemplateSpec made;
    private @Nullable PodTemplateSpec seenMade;
    private @Nullable Deployment seen;
    private boolean isRolled;
    private long generation = 1;

    SizedFleet(Scene scene, String... names) {
        this.scene = scene;
        scene.planAndApply();
        scene.rolledOut();
        for (var name : names) {
            add(name);
        }
        scene.planAndApply();
        made = template(scene.deployment());
        seenMade = made;
        deployed(scene.deployment(), null);
    }

    private static PodTemplateSpec template(Deployment deployment) {
        return new DeploymentBuilder(deployment).build().getSpec().getTemplate();
    }

    private static ResourceRequirements resources(PodTemplateSpec template) {
        return template.getSpec().getContainers().getFirst().getResources();
    }

    private static void set(PodTemplateSpec template, ResourceRequirements resources) {
        template.getSpec().getContainers().getFirst().setResources(resources);
    }

    /// A pod as new ones are made.
    void add(String name) {
        var size = ContainerSize.of(resources(made == null ? template(scene.deployment()) : made));
        put(name, new PodSize(size, size, true, null, false));
    }

    void put(String name, PodSize size) {
        pods.put(name, size);
        var hash = scene.hash();
        scene.pod(new PodView(
                name,
                "10.0.0.1",
                true,
                false,
                scene.bootHash(),
                hash,
                null,
                "t1",
                null,
                new State("1", "ready", hash, 1, null, Load.NONE, Map.of()),
                null,
                null,
                size));
    }

    /// A pod of somebody else's making takes its place.
    void replace(String name, String by) {
        pods.remove(name);
        scene.noPods();
        pods.forEach(this::put);
        add(by);
    }

    /// The operator looks and does so many of its steps before it dies.
    Plan operate(int steps) {
        var plan = scene.plan();
        plan.steps().stream().limit(steps).forEach(this::apply);
        return plan;
    }

    Plan operate() {
        return operate(Integer.MAX_VALUE);
    }

    private void apply(Step step) {
        switch (step) {
            case Step.Resize(var pod, var size) -> ask(pod, size);
            case Step.Template template -> set(Objects.requireNonNull(made), template.resources());
            case Step.Apply(Deployment wanted) -> {
                var before = scene.deployment();
                scene.apply(step);
                deployed(wanted, before);
            }
            default -> scene.apply(step);
        }
    }

    private void deployed(Deployment wanted, @Nullable Deployment before) {
        if (before == null || !before.getSpec().equals(wanted.getSpec())) {
            generation++;
        }
        wanted.getMetadata().setGeneration(generation);
        wanted.setStatus(before == null ? null : before.getStatus());
        if (before == null) {
            seeDeployment();
            control();
        }
    }

    private void ask(String pod, ContainerSize size) {
        var known = Objects.requireNonNull(pods.get(pod));
        put(pod, new PodSize(size, known.actual(), true, null, false));
    }

    /// The kubelet of a pod does what it was asked for.
    void resize(String pod) {
        var known = Objects.requireNonNull(pods.get(pod));
        put(pod, new PodSize(known.asked(), known.asked(), true, null, false));
    }

    /// The kubelet of a pod says that it cannot.
    void pending(String pod, String words, boolean isImpossible) {
        var known = Objects.requireNonNull(pods.get(pod));
        put(pod, new PodSize(known.asked(), known.actual(), true, words, isImpossible));
    }

    void resizeAll() {
        List.copyOf(pods.keySet()).forEach(this::resize);
    }

    void seeDeployment() {
        seen = new DeploymentBuilder(scene.deployment()).build();
    }

    void seeReplicaSet() {
        var set = made;
        seenMade = set == null
                ? null
                : new DeploymentBuilder()
                        .withNewSpec()
                        .withTemplate(set)
                        .endSpec()
                        .build()
                        .getSpec()
                        .getTemplate();
    }

    /// The controller acts on what it sees; its word of a Deployment that has changed since is not taken.
    void control() {
        var known = Objects.requireNonNull(seen);
        var isNewest = known.getSpec().getTemplate().equals(seenMade);
        if (!isNewest && !Boolean.TRUE.equals(known.getSpec().getPaused())) {
            isRolled = true;
        }
        if (known.getMetadata().getGeneration() == generation) {
            scene.deployment()
                    .setStatus(new DeploymentStatusBuilder()
                            .withObservedGeneration(generation)
                            .withReplicas(pods.size())
                            .withUpdatedReplicas(isNewest ? pods.size() : 0)
                            .build());
        }
    }

    /// All do what there is to do.
    void settle() {
        for (int i = 0; i < 12; i++) {
            operate();
            resizeAll();
            seeDeployment();
            seeReplicaSet();
            control();
        }
    }

    /// Whether pods are replaced.
    boolean isRolled() {
        return isRolled;
    }

    List<String> names() {
        return List.copyOf(pods.keySet());
    }

    /// What a pod has.
    String size(String pod) {
        return Objects.requireNonNull(Objects.requireNonNull(pods.get(pod)).actual())
                .requests()
                .toString();
    }

    String asked(String pod) {
        return Objects.requireNonNull(pods.get(pod)).asked().requests().toString();
    }

    /// What new pods get.
    String made() {
        return ContainerSize.of(resources(Objects.requireNonNull(made)))
                .requests()
                .toString();
    }
}
