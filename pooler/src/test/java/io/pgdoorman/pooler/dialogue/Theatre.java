package io.pgdoorman.pooler.dialogue;

import io.pgdoorman.pooler.dialogue.Script.Mode;
import io.pgdoorman.pooler.script.Cut;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.PoolerFixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/// Some stages with a database each, so that scripts play at the same time, and the poolers before them, one
/// for each wish of a script.
final class Theatre implements AutoCloseable {
    private static final int SESSION_SERVERS = 8;

    private final Map<Wish, PoolerFixture> poolers = new ConcurrentHashMap<>();
    private final List<Stage> stages;
    private final BlockingQueue<Stage> free;
    private final Duration patience;

    private record Wish(Mode mode, int servers, Map<String, String> settings) {}

    Theatre(String prefix, int stages, Duration patience) {
        this.patience = patience;
        this.stages = IntStream.range(0, stages)
                .mapToObj(i -> Stage.build(prefix + i))
                .toList();
        this.free = new LinkedBlockingQueue<>(this.stages);
    }

    /// A stage for one thread, until it is left.
    Rehearsal enter() throws InterruptedException {
        return new Rehearsal(free.take());
    }

    private PoolerFixture pooler(Mode mode, Script script) {
        int servers = mode == Mode.SESSION ? SESSION_SERVERS : script.servers();
        return poolers.computeIfAbsent(new Wish(mode, servers, script.settings()), this::open);
    }

    private PoolerFixture open(Wish wish) {
        var fixture = PoolerFixture.wish()
                .deferredBegin()
                .poolSize(wish.servers)
                .databases(stages.stream().map(Stage::database).toList());
        wish.settings.forEach(fixture::general);
        return (wish.mode == Mode.SESSION ? fixture.sessionMode() : fixture).start();
    }

    /// One stage, held by one thread.
    final class Rehearsal implements AutoCloseable {
        private final Stage stage;
        private Duration patience = Theatre.this.patience;

        private Rehearsal(Stage stage) {
            this.stage = stage;
        }

        /// Clients that stay go.
        void dismiss() {
            stage.dismiss();
        }

        /// From now on clients wait that long for a message.
        void patience(Duration wait) {
            patience = wait;
        }

        /// To PostgreSQL itself.
        Performance.Heard original(Script script) {
            var venue = new Venue(EmbeddedPg.shared().door(), stage.database(), Cut.Whole::new, patience);
            return clean(script, venue);
        }

        /// Through the pooler.
        Performance.Heard pooled(Script script, Mode mode, Supplier<Cut> cut) {
            return clean(script, new Venue(pooler(mode, script).door(), stage.database(), cut, patience));
        }

        /// As [#original(Script)], by clients that stay.
        Performance.Heard originalKept(Script script) {
            return kept(script, new Venue(EmbeddedPg.shared().door(), stage.database(), Cut.Whole::new, patience));
        }

        /// As [#pooled(Script, Mode, Supplier)], by clients that stay.
        Performance.Heard pooledKept(Script script, Mode mode, Supplier<Cut> cut) {
            return kept(script, new Venue(pooler(mode, script).door(), stage.database(), cut, patience));
        }

        private Performance.Heard kept(Script script, Venue venue) {
            try {
                return Performance.of(script, venue, stage.ensemble(venue.door()));
            } finally {
                if (script.text().contains(RandomScript.ADDS)) {
                    stage.sweepItems();
                }
            }
        }

        private Performance.Heard clean(Script script, Venue venue) {
            try {
                return Performance.of(script, venue);
            } finally {
                stage.restore();
            }
        }

        @Override
        public void close() {
            free.add(stage);
        }
    }

    @Override
    public void close() {
        List<AutoCloseable> all = new ArrayList<>(poolers.values());
        all.addAll(stages);
        for (var one : all) {
            try {
                one.close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
