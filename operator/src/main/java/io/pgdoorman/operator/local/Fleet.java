package io.pgdoorman.operator.local;

import io.pgdoorman.operator.api.v1alpha1.SpecRules;
import io.pgdoorman.operator.local.FleetPlan.Goal;
import io.pgdoorman.operator.local.FleetPlan.Phase;
import io.pgdoorman.operator.local.FleetPlan.Step;
import io.pgdoorman.operator.podlink.PodLink;
import io.pgdoorman.operator.render.Renderer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The pooler processes of one DoormanPool: keeps as many as wanted, gives them configuration, lets them go.
///
/// A changed configuration goes to one process first, and to the next only after the one before acknowledged it; a
/// rejected one stays with the process that refused it. Owned by the loop's thread.
final class Fleet {

    /// Folder of the secret files, in a process's own.
    static final String SECRETS = "secrets";

    /// What the fleet works with.
    record Tools(
            Launcher launcher,
            PodLink link,
            String adminPassword,
            Addresses addresses,
            InstantSource clock,
            Consumer<String> says) {}

    /// What a process was given; `acked` once it said that it runs it.
    private record Given(Desired.Files files, boolean acked) {}

    /// A configuration that a process refused.
    record Rejection(String pod, String why) {}

    private final Path folder;
    private final Tools tools;
    private final Map<String, Pod> pods = new HashMap<>();
    private final Map<String, Given> given = new HashMap<>();
    private Desired target;
    private Desired good;
    private @Nullable Rejection rejection;
    private String revision;
    private String lastComplaint = "";
    private int lastNumber;

    Fleet(Path folder, Tools tools, Desired first) {
        this.folder = folder;
        this.tools = tools;
        this.target = first;
        this.good = first;
        this.revision = first.goal().revision();
    }

    Desired target() {
        return target;
    }

    @Nullable
    Rejection rejection() {
        return rejection;
    }

    List<Pod> pods() {
        return pods.values().stream()
                .sorted(Comparator.comparing(p -> p.place().name()))
                .toList();
    }

    List<Pod> staying() {
        return pods().stream()
                .filter(p -> !p.member(tools.clock().instant()).isLeaving())
                .toList();
    }

    /// True when the process runs what the newest valid manifest asks for.
    boolean isInStep(Pod pod) {
        var has = given.get(pod.place().name());
        return has != null
                && has.acked()
                && pod.place().revision().equals(target.goal().revision())
                && hasTarget(pod);
    }

    void aim(Desired next) {
        target = next;
        rejection = null;
        lastComplaint = "";
    }

    /// One round: look, then do what follows from it.
    void tick() throws IOException, InterruptedException {
        observe();
        perform(FleetPlan.steps(goal(), members()));
        configure();
    }

    /// Processes are replaced only after those that run took the hot part of the change (they must be right while they
    /// drain), and never for a refused one.
    private Goal goal() {
        if (rejection == null && staying().stream().allMatch(p -> p.seen() == null || hasTarget(p))) {
            revision = target.goal().revision();
        }
        var wanted = target.goal();
        return new Goal(wanted.replicas(), revision, wanted.drainTimeout(), wanted.killAfter());
    }

    private boolean hasTarget(Pod pod) {
        var has = given.get(pod.place().name());
        return has != null
                && has.files().hash().equals(target.files().apply(pod.place()).hash());
    }

    private List<FleetPlan.Member> members() {
        var now = tools.clock().instant();
        return pods().stream().map(p -> p.member(now)).toList();
    }

    private void observe() throws IOException, InterruptedException {
        var states = ask();
        for (var pod : pods()) {
            var name = pod.place().name();
            var state = states.get(name);
            var news = pod.observe(state, tools.clock().instant());
            if (news != null && pod.phase() != Phase.GONE) {
                say(name, news);
            }
            var has = given.get(name);
            if (has == null || has.acked() || state == null) {
                continue;
            }
            if (has.files().hash().equals(state.loadedHash())) {
                acknowledged(pod, has, "");
            } else if (state.rejected() != null && rejection == null) {
                refused(name, state.rejected().text());
            }
        }
    }

    /// Asks all processes at once: one that hangs costs its timeout once, not once per process.
    private Map<String, PodLink.State> ask() throws InterruptedException {
        var states = new ConcurrentHashMap<String, PodLink.State>();
        var threads = new ArrayList<Thread>();
        for (var pod : pods()) {
            if (pod.phase() == Phase.BACK_OFF || pod.phase() == Phase.GONE) {
                continue;
            }
            threads.add(Thread.startVirtualThread(() -> {
                if (pod.ask() instanceof PodLink.State state) {
                    states.put(pod.place().name(), state);
                }
            }));
        }
        for (var thread : threads) {
            thread.join();
        }
        return states;
    }

    private void perform(List<Step> steps) throws IOException {
        for (var step : steps) {
            switch (step) {
                case Step.Start _ -> start();
                case Step.Drain(var name, var why) -> {
                    say(name, "draining: " + why);
                    pod(name).drain(tools.clock().instant());
                }
                case Step.End(var name, var atOnce) -> {
                    if (atOnce) {
                        say(name, "drain timeout is over, closing what is left");
                    }
                    pod(name).end(atOnce, tools.clock().instant());
                }
                case Step.Kill(var name) -> {
                    say(name, "does not end, killing it");
                    pod(name).kill();
                }
                case Step.Forget(var name) -> forget(name);
            }
        }
    }

    private void start() throws IOException {
        var wanted = rejection == null ? target : good;
        var name = target.pool() + "-" + (lastNumber + 1);
        var address = tools.addresses().take();
        var place = new Pod.Place(
                name, address, folder.resolve(name), revision, wanted.ports().client());
        try {
            var files = wanted.files().apply(place);
            write(place, files, wanted.generation());
            var pod = new Pod(
                    place,
                    tools.launcher(),
                    control(place, wanted),
                    tools.clock().instant());
            pod.start(tools.clock().instant());
            pods.put(name, pod);
            given.put(name, new Given(files, false));
            lastNumber++;
            say(name, "starting on " + address + ":" + wanted.ports().client());
        } catch (IOException e) {
            tools.addresses().giveBack(address);
            throw e;
        }
    }

    private Pod.Control control(Pod.Place place, Desired wanted) {
        var address = new PodLink.Address(
                place.address(), wanted.ports().control(), SpecRules.ADMIN_USER, tools.adminPassword());
        return new Pod.Control(tools.link(), address);
    }

    private void forget(String name) throws IOException {
        say(name, "gone");
        var pod = pod(name);
        pods.remove(name);
        given.remove(name);
        tools.addresses().giveBack(pod.place().address());
        StateFolder.delete(pod.place().folder());
    }

    /// Gives the newest configuration to the next process that does not run it.
    private void configure() throws IOException {
        if (rejection != null) {
            return;
        }
        for (var pod : staying()) {
            var has = given.get(pod.place().name());
            if (pod.seen() != null && has != null && !hasTarget(pod)) {
                if (!reload(pod, has, target.files().apply(pod.place()))) {
                    return;
                }
            }
        }
    }

    /// True when the process runs it now.
    private boolean reload(Pod pod, Given before, Desired.Files wanted) throws IOException {
        var name = pod.place().name();
        var isCanary = good.generation() != target.generation();
        write(pod.place(), wanted, target.generation());
        return switch (pod.reload(wanted.hash(), target.generation())) {
            case PodLink.Loaded _ -> {
                acknowledged(pod, new Given(wanted, false), isCanary ? " (canary)" : "");
                yield true;
            }
            case PodLink.Silent(var reason) -> later(name, reason);
            case PodLink.Stale(var hash) -> later(name, "it reads another file, of hash " + hash);
            case PodLink.Fenced(var loaded) -> later(name, "it runs the newer generation " + loaded);
            case PodLink.Rejected rejected -> {
                write(pod.place(), before.files(), good.generation());
                refused(name, rejected.text());
                yield false;
            }
        };
    }

    private boolean later(String name, String why) {
        if (!why.equals(lastComplaint)) {
            lastComplaint = why;
            say(name, "did not take the configuration yet: " + why);
        }
        return false;
    }

    private void refused(String name, String why) {
        rejection = new Rejection(name, why);
        say(name, "refused the configuration, the old one serves: " + why);
    }

    private void acknowledged(Pod pod, Given has, String how) throws IOException {
        var place = pod.place();
        given.put(place.name(), new Given(has.files(), true));
        Files.copy(
                place.folder().resolve(Renderer.CONFIG_FILE),
                place.folder().resolve("last-good.yaml"),
                StandardCopyOption.REPLACE_EXISTING);
        if (hasTarget(pod)) {
            good = target;
        }
        say(place.name(), "acknowledged config " + shortHash(has.files().hash()) + how);
    }

    private void write(Pod.Place place, Desired.Files files, long generation) throws IOException {
        for (var secret : files.secrets().entrySet()) {
            StateFolder.write(place.folder().resolve(SECRETS).resolve(secret.getKey()), secret.getValue());
        }
        StateFolder.write(
                place.folder().resolve("meta.json"),
                "{\"generation\": %d, \"hash\": \"%s\"}\n".formatted(generation, files.hash()));
        StateFolder.write(place.folder().resolve(Renderer.CONFIG_FILE), files.config());
    }

    private Pod pod(String name) {
        var pod = pods.get(name);
        if (pod == null) {
            throw new IllegalStateException("no pod " + name);
        }
        return pod;
    }

    private void say(String name, String news) {
        tools.says().accept(name + ": " + news);
    }

    static String shortHash(String hash) {
        return hash.length() > 8 ? hash.substring(0, 8) : hash;
    }
}
