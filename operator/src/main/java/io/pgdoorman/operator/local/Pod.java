package io.pgdoorman.operator.local;

import io.pgdoorman.operator.local.FleetPlan.Member;
import io.pgdoorman.operator.local.FleetPlan.Phase;
import io.pgdoorman.operator.observe.PodView;
import io.pgdoorman.operator.podlink.PodLink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One pooler process and its place: what a pod is in a cluster. It keeps its name and address over restarts.
///
/// STARTING → READY ⇄ STARTING; either → BACK_OFF → STARTING when it ends by itself;
/// any → DRAINING → ENDING → GONE when it is told to leave. Owned by the loop's thread.
final class Pod {

    private static final Logger LOG = LoggerFactory.getLogger(Pod.class);
    private static final Duration FIRST_BACK_OFF = Duration.ofSeconds(1);
    private static final Duration LONGEST_BACK_OFF = Duration.ofSeconds(30);
    /// A process that ran so long starts again with the first back-off.
    private static final Duration STEADY = Duration.ofSeconds(60);

    /// Where a process runs and which revision of the pool it belongs to.
    record Place(String name, String address, Path folder, Fleet.Template template) {
        String endpoint() {
            return address + ":" + template.port();
        }
    }

    /// How to talk to the process.
    record Control(PodLink link, PodLink.Address address) {}

    private final Place place;
    private final Launcher launcher;
    private final PodLink link;
    private final PodLink.Address control;

    private Phase phase = Phase.STARTING;
    private Instant since;
    private Instant startedAt;
    private Launcher.@Nullable Running process;
    private PodLink.@Nullable State seen;
    private @Nullable String toldHash;
    private String trouble = "";
    private final Map<String, String> hashes = new HashMap<>();
    private Duration backOff = FIRST_BACK_OFF;

    Pod(Place place, Launcher launcher, Control control, Instant now) {
        this.place = place;
        this.launcher = launcher;
        this.link = control.link();
        this.control = control.address();
        this.since = now;
        this.startedAt = now;
    }

    Place place() {
        return place;
    }

    Phase phase() {
        return phase;
    }

    /// Writes what the pool's volume holds now; a cluster's kubelet does so after a nudge.
    void refresh(Volume volume) throws IOException {
        var files = volume.at(place.address(), place.folder());
        hashes.putAll(files.hashes());
        for (var file : files.content().entrySet()) {
            StateFolder.write(place.folder().resolve(file.getKey()), file.getValue());
        }
        toldHash = volume.stored().current().hash();
    }

    PodLink.StateAnswer ask() {
        return link.state(control);
    }

    boolean isLeaving() {
        return phase == Phase.DRAINING || phase == Phase.ENDING || phase == Phase.GONE;
    }

    boolean hasEnded() {
        var running = process;
        return running == null || !running.isAlive();
    }

    PodView view() {
        var state = seen;
        return new PodView(
                place.name(),
                place.address(),
                phase == Phase.READY,
                isLeaving(),
                place.template().bootHash(),
                toldHash,
                phase == Phase.BACK_OFF ? trouble : null,
                state == null ? null : inTermsOfThePool(state));
    }

    private PodLink.State inTermsOfThePool(PodLink.State state) {
        var rejected = state.rejected();
        return new PodLink.State(
                state.version(),
                state.state(),
                inTermsOfThePool(state.loadedHash()),
                state.generation(),
                rejected == null ? null : inTermsOfThePool(rejected),
                state.load(),
                state.troubles(),
                state.revoked(),
                state.previousLogins(),
                state.servers());
    }

    private PodLink.Rejected inTermsOfThePool(PodLink.Rejected rejected) {
        return new PodLink.Rejected(inTermsOfThePool(rejected.hash()), rejected.faults());
    }

    /// Each process has its own address in its file, hence its own hash of what is one configuration to the pool.
    private @Nullable String inTermsOfThePool(@Nullable String ownHash) {
        return ownHash == null ? null : hashes.getOrDefault(ownHash, ownHash);
    }

    /// Asks for the configuration of the last [#refresh].
    PodLink.ReloadAnswer reload(Volume volume, long generation) {
        var answer =
                link.reload(control, volume.at(place.address(), place.folder()).ownHash(), generation);
        return answer instanceof PodLink.Rejected rejected ? inTermsOfThePool(rejected) : answer;
    }

    /// What the process last said, null when it did not answer.
    PodLink.@Nullable State seen() {
        return seen;
    }

    Member member(Instant now) {
        var state = seen;
        return new Member(
                place.name(),
                place.template().revision(),
                phase,
                Duration.between(since, now),
                state == null ? null : state.clients(),
                state == null ? 0 : state.load().inTransaction());
    }

    void start(Instant now) throws IOException {
        process = launcher.start(place.folder());
        startedAt = now;
        seen = null;
        become(Phase.STARTING, now);
    }

    /// Looks at the process; the state comes from its control endpoint, null when that did not answer.
    /// Returns what a reader should know of it, or null.
    @Nullable
    String observe(PodLink.@Nullable StateAnswer answer, Instant now) throws IOException {
        var running = process;
        if (running != null && !running.isAlive()) {
            return ended(running.exitCode(), now);
        }
        var state = answer instanceof PodLink.State told ? told : null;
        seen = state;
        return switch (phase) {
            case STARTING -> {
                if (state != null && isReady(state)) {
                    become(Phase.READY, now);
                    yield "ready on " + place.address();
                }
                yield null;
            }
            case READY -> {
                if (state != null && !isReady(state)) {
                    become(Phase.STARTING, now);
                    yield "not ready";
                }
                yield null;
            }
            case BACK_OFF -> {
                if (Duration.between(since, now).compareTo(backOff) >= 0) {
                    lengthenBackOff();
                    start(now);
                    yield "started again";
                }
                yield null;
            }
            case DRAINING, ENDING, GONE -> null;
        };
    }

    void drain(Instant now) {
        var running = process;
        if (running == null || phase == Phase.BACK_OFF || !running.isAlive()) {
            process = null;
            become(Phase.GONE, now);
            return;
        }
        become(Phase.DRAINING, now);
        var silent = link.drain(control);
        if (silent != null) {
            LOG.atDebug()
                    .addKeyValue("pool", place.name())
                    .addKeyValue("reason", silent.reason())
                    .log("drain not heard");
            end(false, now);
        }
    }

    /// SIGTERM drains what is left; a second one leaves at once.
    void end(boolean atOnce, Instant now) {
        var running = process;
        if (running != null) {
            running.terminate();
            if (atOnce) {
                running.terminate();
            }
        }
        become(Phase.ENDING, now);
    }

    void kill() {
        var running = process;
        if (running != null) {
            running.kill();
        }
    }

    private static boolean isReady(PodLink.State state) {
        return state.state().equals("ready");
    }

    private String ended(int exitCode, Instant now) {
        process = null;
        seen = null;
        return switch (phase) {
            case DRAINING, ENDING, GONE -> {
                become(Phase.GONE, now);
                yield "left";
            }
            case STARTING, READY, BACK_OFF -> {
                if (Duration.between(startedAt, now).compareTo(STEADY) >= 0) {
                    backOff = FIRST_BACK_OFF;
                }
                become(Phase.BACK_OFF, now);
                trouble = "ended with exit code %d, starts again in %d s; it said: %s"
                        .formatted(exitCode, backOff.toSeconds(), lastWords());
                yield trouble;
            }
        };
    }

    private String lastWords() {
        try {
            return Files.readAllLines(place.folder().resolve("log")).reversed().stream()
                    .filter(line -> !line.isBlank())
                    .findFirst()
                    .orElse("nothing");
        } catch (IOException _) {
            return "nothing";
        }
    }

    private void lengthenBackOff() {
        var doubled = backOff.multipliedBy(2);
        backOff = doubled.compareTo(LONGEST_BACK_OFF) > 0 ? LONGEST_BACK_OFF : doubled;
    }

    private void become(Phase next, Instant now) {
        var legal = switch (phase) {
            case STARTING, READY, BACK_OFF -> true;
            case DRAINING -> next == Phase.ENDING || next == Phase.GONE;
            case ENDING, GONE -> next == Phase.ENDING || next == Phase.GONE;
        };
        if (!legal) {
            throw new IllegalStateException(place.name() + ": " + phase + " cannot become " + next);
        }
        LOG.atTrace()
                .addKeyValue("pool", place.name())
                .addKeyValue("state", next)
                .log("pod changed");
        phase = next;
        since = now;
    }
}
