package io.pgdoorman.operator.local;

import io.pgdoorman.operator.api.v1alpha1.SpecRules;
import io.pgdoorman.operator.local.FleetPlan.Goal;
import io.pgdoorman.operator.local.FleetPlan.Phase;
import io.pgdoorman.operator.local.FleetPlan.Step;
import io.pgdoorman.operator.observe.PodView;
import io.pgdoorman.operator.podlink.PodLink;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/// The pooler processes of one DoormanPool: for the operator's plan what the Deployment's controller and the kubelets
/// are in a cluster. Owned by the loop's thread.
final class Fleet {

    /// What the fleet works with.
    record Tools(Launcher launcher, PodLink link, Addresses addresses, InstantSource clock, Consumer<String> says) {}

    /// What new processes are made from.
    record Template(String revision, String bootHash, int port, int controlPort) {}

    private final String pool;
    private final Path folder;
    private final Tools tools;
    private final Map<String, Pod> pods =
            new TreeMap<>(Comparator.comparingInt(String::length).thenComparing(s -> s));
    private int lastNumber;

    Fleet(String pool, Path folder, Tools tools) {
        this.pool = pool;
        this.folder = folder;
        this.tools = tools;
    }

    List<Pod> pods() {
        return List.copyOf(pods.values());
    }

    List<Pod> staying() {
        return pods().stream().filter(pod -> !pod.isLeaving()).toList();
    }

    /// True when a process ended by itself since the last look.
    boolean hasNews() {
        return pods.values().stream().anyMatch(Pod::hasEnded);
    }

    List<PodView> views() {
        return pods().stream().map(Pod::view).toList();
    }

    /// Looks at all processes. They are asked at once: one that hangs costs its timeout once, not once per process.
    void observe() throws IOException, InterruptedException {
        var answers = new ConcurrentHashMap<Pod, PodLink.StateAnswer>();
        var threads = new ArrayList<Thread>();
        for (var pod : pods()) {
            if (pod.phase() != Phase.BACK_OFF && pod.phase() != Phase.GONE) {
                threads.add(Thread.startVirtualThread(() -> answers.put(pod, pod.ask())));
            }
        }
        for (var thread : threads) {
            thread.join();
        }
        for (var pod : pods()) {
            var news = pod.observe(answers.get(pod), tools.clock().instant());
            if (news != null && pod.phase() != Phase.GONE) {
                say(pod.place().name(), news);
            }
        }
    }

    /// Starts, drains and ends processes so that `goal` comes true.
    void pursue(Goal goal, Template template, Volume volume) throws IOException {
        var now = tools.clock().instant();
        var members = pods().stream().map(pod -> pod.member(now)).toList();
        for (var step : FleetPlan.steps(goal, members)) {
            switch (step) {
                case Step.Start _ -> start(template, volume);
                case Step.Drain(var name, var why) -> {
                    say(name, "draining: " + why);
                    pod(name).drain(now);
                }
                case Step.End(var name, var atOnce) -> {
                    if (atOnce) {
                        say(name, "drain timeout is over, closing what is left");
                    }
                    pod(name).end(atOnce, now);
                }
                case Step.Kill(var name) -> {
                    say(name, "does not end, killing it");
                    pod(name).kill();
                }
                case Step.Forget(var name) -> forget(name);
            }
        }
    }

    Pod pod(String name) {
        var pod = pods.get(name);
        if (pod == null) {
            throw new IllegalStateException("no pod " + name);
        }
        return pod;
    }

    private void start(Template template, Volume volume) throws IOException {
        var name = pool + "-" + (lastNumber + 1);
        var address = tools.addresses().take(List.of(template.port(), template.controlPort()), taken -> {
            tools.says().accept(taken + " is in use by another process, passing over it");
        });
        var place = new Pod.Place(name, address, folder.resolve(name), template);
        var control =
                new PodLink.Address(address, template.controlPort(), SpecRules.ADMIN_USER, volume.adminPassword());
        try {
            var now = tools.clock().instant();
            var pod = new Pod(place, tools.launcher(), new Pod.Control(tools.link(), control), now);
            pod.refresh(volume);
            pod.start(now);
            pods.put(name, pod);
            lastNumber++;
            say(name, "starting on " + place.endpoint());
        } catch (IOException e) {
            tools.addresses().giveBack(address);
            throw e;
        }
    }

    private void forget(String name) throws IOException {
        var place = pod(name).place();
        pods.remove(name);
        tools.addresses().giveBack(place.address());
        StateFolder.delete(place.folder());
        say(name, "gone");
    }

    private void say(String name, String news) {
        tools.says().accept(name + ": " + news);
    }
}
