package io.pgdoorman.local;

import io.pgdoorman.operator.local.PoolView;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/// `deploy/local/up --check`: what a person would try, by itself and with bounded waits.
///
/// It works on a copy of the manifests and on free ports, so that it can run beside a quickstart.
final class Check {

    private static final long START_SECONDS = 60;
    private static final long CHANGE_SECONDS = 20;
    private static final long LONGEST_SECONDS = 180;

    private final Path root;
    private final PrintStream out;
    private final Terminal terminal;

    Check(Path root, PrintStream out) {
        this.root = root;
        this.out = out;
        this.terminal = new Terminal(out, false);
    }

    void run() throws Trouble, IOException, InterruptedException {
        endAnyway();
        try (var copy = Scratch.create()) {
            var manifests = new ManifestCopy(root.resolve("deploy/local/manifests"), copy.folder());
            manifests.edit(spec -> spec.put("port", freePort()));
            var left = operate(manifests);
            left.verify();
            terminal.step("stopped: %d processes and their files are gone"
                    .formatted(left.processes().size()));
        }
        terminal.step("check passed");
    }

    /// What must be gone after the stop.
    private record Remains(Path folder, List<Long> processes) {
        void verify() throws Trouble {
            if (Files.exists(folder)) {
                throw new Trouble("after the stop " + folder + " is still there");
            }
            for (var pid : processes) {
                if (ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent()) {
                    throw new Trouble("after the stop process " + pid + " still runs");
                }
            }
        }
    }

    private Remains operate(ManifestCopy manifests) throws Trouble, IOException, InterruptedException {
        try (var house = House.open(new House.Plan(root, manifests.folder(), freePort()), terminal)) {
            var pool = await(PoolView::isSettled, START_SECONDS, "the poolers did not become ready");
            terminal.step(
                    "%d poolers serve on %s".formatted(pool.count().ready(), String.join(" and ", pool.endpoints())));
            query(pool);
            terminal.step("SQL answers through each of them");
            var processes = pids(house.folder());
            reload(manifests, pool);
            refuse(manifests, pool);
            if (!pids(house.folder()).equals(processes)) {
                throw new Trouble("a hot change or a refused one replaced a process");
            }
            terminal.step("all of it without a restart of a process");
            return new Remains(house.folder(), processes);
        } catch (Trouble e) {
            terminal.recent().forEach(line -> out.println("    " + line));
            throw e;
        }
    }

    private void reload(ManifestCopy manifests, PoolView before) throws Trouble, IOException, InterruptedException {
        var begun = System.nanoTime();
        manifests.editDatabases(d -> d.put("poolSize", d.path("poolSize").asInt(10) + 1));
        var after = await(
                p -> p.generation() > before.generation() && p.isSettled(),
                CHANGE_SECONDS,
                "a changed poolSize was not acknowledged by all poolers");
        terminal.step("changed poolSize acknowledged by %d/%d poolers, %d ms after the edit"
                .formatted(after.count().acked(), after.count().wanted(), (System.nanoTime() - begun) / 1_000_000));
        query(after);
    }

    private void refuse(ManifestCopy manifests, PoolView before) throws Trouble, IOException, InterruptedException {
        manifests.editDatabases(d -> d.put("poolSize", -5));
        var refused = await(
                p -> p.problems().stream().anyMatch(text -> text.contains("poolSize") && text.contains("-5")),
                CHANGE_SECONDS,
                "an invalid poolSize was not refused");
        query(refused);
        terminal.step("invalid edit refused (%s); SQL still answers"
                .formatted(refused.problems().getFirst()));
        manifests.editDatabases(d -> d.put("poolSize", 10));
        await(
                p -> p.generation() > before.generation() + 1 && p.isSettled(),
                CHANGE_SECONDS,
                "the corrected edit was not acknowledged by all poolers");
        terminal.step("corrected edit acknowledged");
    }

    /// A simple query, a transaction and a prepared statement, through each pooler and for each database and user.
    private void query(PoolView pool) throws Trouble {
        for (var endpoint : pool.endpoints()) {
            for (var database : pool.databases()) {
                for (var user : terminal.accounts(pool.name()).users().entrySet()) {
                    query("jdbc:postgresql://" + endpoint + "/" + database, user.getKey(), user.getValue());
                }
            }
        }
    }

    private static void query(String url, String user, String password) throws Trouble {
        try (var connection = DriverManager.getConnection(
                url + "?connectTimeout=10&socketTimeout=20&loginTimeout=20", user, password)) {
            connection.setAutoCommit(false);
            try (var statement = connection.createStatement()) {
                statement.execute("create temporary table doorman_check (n int) on commit drop");
            }
            try (var insert = connection.prepareStatement("insert into doorman_check select generate_series(1, ?)")) {
                insert.setInt(1, 1000);
                insert.executeUpdate();
            }
            try (var statement = connection.createStatement();
                    var rows = statement.executeQuery("select sum(n) from doorman_check")) {
                rows.next();
                if (rows.getInt(1) != 500_500) {
                    throw new Trouble(url + ": wrong answer " + rows.getInt(1));
                }
            }
            connection.commit();
        } catch (SQLException e) {
            throw new Trouble("SQL through " + url + " as " + user + ": " + Words.of(e));
        }
    }

    private PoolView await(Predicate<PoolView> wanted, long seconds, String otherwise)
            throws Trouble, InterruptedException {
        var pool = terminal.await(wanted, seconds);
        if (pool == null) {
            throw new Trouble("%s within %d s: %s".formatted(otherwise, seconds, terminal.pools()));
        }
        return pool;
    }

    private static List<Long> pids(Path folder) throws IOException {
        var pids = new ArrayList<Long>();
        try (var files = Files.walk(folder, 4)) {
            for (var file : files.filter(f -> f.endsWith("pid")).toList()) {
                pids.add(Long.parseLong(Files.readString(file).strip()));
            }
        }
        pids.sort(null);
        return pids;
    }

    private static int freePort() {
        try {
            return EmbeddedDatabase.freePort();
        } catch (IOException e) {
            throw new IllegalStateException("no free port on this machine", e);
        }
    }

    /// Whatever hangs, this ends; the leash ends what was started.
    private static void endAnyway() {
        Thread.ofPlatform().daemon().name("end-anyway").start(() -> {
            try {
                TimeUnit.SECONDS.sleep(LONGEST_SECONDS);
                System.err.println("up: the check did not end within " + LONGEST_SECONDS + " s");
                Runtime.getRuntime().halt(1);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        });
    }
}
