package io.pgdoorman.local;

import io.pgdoorman.operator.local.LocalEdge;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// All that runs: PostgreSQL and, on a thread of its own, the local edge with its poolers. Closing it leaves nothing.
final class House implements AutoCloseable {

    /// The Service by which the manifests name PostgreSQL.
    private static final String SERVICE = "postgres";

    private final Scratch scratch;
    private final EmbeddedDatabase database;
    private final LocalEdge edge;
    private final Thread thread;
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();

    /// What to run: the repository, the manifests, the port of each pooler's control endpoint.
    record Plan(Path root, Path manifests, int controlPort) {}

    private House(Plan plan, Scratch scratch, EmbeddedDatabase database, Terminal terminal) {
        this.scratch = scratch;
        this.database = database;
        var options = new LocalEdge.Options(
                plan.manifests(),
                scratch.folder().resolve("pools"),
                plan.root().resolve("pooler/target/dist/bin/pooler"),
                Map.of(SERVICE, "127.0.0.1:" + database.port()),
                plan.controlPort());
        this.edge = LocalEdge.on(options, terminal);
        this.thread = new Thread(this::run, "local-edge");
    }

    static House open(Plan plan, Terminal terminal) throws Trouble, IOException, InterruptedException {
        if (!Files.isDirectory(plan.manifests())) {
            throw new Trouble("no folder " + plan.manifests());
        }
        var busy = LocalEdge.busyPorts(plan.manifests(), plan.controlPort());
        if (!busy.isEmpty()) {
            throw new Trouble(String.join(", ", busy)
                    + " in use by another process: stop it (another deploy/local/up?) or change spec.port in "
                    + plan.manifests());
        }
        var scratch = Scratch.create();
        try {
            var home = plan.root().resolve("deploy/local/target/postgres");
            terminal.step(Files.exists(home) ? "starting PostgreSQL" : "unpacking (once) and starting PostgreSQL");
            var database = EmbeddedDatabase.start(home, scratch.folder().resolve("postgres"));
            terminal.provision(database);
            terminal.step("PostgreSQL " + database.version() + " listens on 127.0.0.1:" + database.port());
            var house = new House(plan, scratch, database, terminal);
            house.thread.start();
            return house;
        } catch (IOException e) {
            scratch.close();
            throw new Trouble("cannot start PostgreSQL in " + scratch.folder() + ": " + Words.of(e));
        }
    }

    Path folder() {
        return scratch.folder();
    }

    /// Returns when the edge has ended; throws what ended it.
    void await() throws Trouble, InterruptedException {
        thread.join();
        var cause = failure.get();
        if (cause != null) {
            throw new Trouble("the operator ended: " + Words.of(cause));
        }
    }

    /// Drains the poolers, stops PostgreSQL, removes the files. A second call does nothing more.
    @Override
    public void close() throws IOException {
        edge.stop();
        try {
            thread.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        database.close();
        scratch.close();
    }

    private void run() {
        try {
            edge.run();
        } catch (IOException | RuntimeException e) {
            failure.set(e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
