package io.pgdoorman.local;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// `deploy/local/up` once it has a JDK and the built programs.
public final class Quickstart {

    private static final int CONTROL_PORT = 9127;
    private static final int USAGE = 64;

    private Quickstart() {}

    /// Arguments: `--root FOLDER` of the repository, and `--check`.
    public static void main(String[] arguments) {
        var given = List.of(arguments);
        var at = given.indexOf("--root");
        if (at < 0 || at + 1 >= given.size()) {
            System.err.println("up: --root FOLDER is missing");
            System.exit(USAGE);
        }
        var root = Path.of(given.get(at + 1)).toAbsolutePath();
        var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        try {
            if (given.contains("--check")) {
                new Check(root, out).run();
                System.exit(0);
            }
            serve(root, out);
        } catch (Trouble | IOException | InterruptedException | RuntimeException e) {
            System.err.println("up: " + Words.of(e));
            System.exit(1);
        }
    }

    /// Runs until SIGINT or SIGTERM. The hook holds the JVM until all is drained and removed.
    private static void serve(Path root, PrintStream out) throws Trouble, IOException, InterruptedException {
        var terminal = new Terminal(out, true);
        var manifests = root.resolve("deploy/local/manifests");
        var house = House.open(new House.Plan(root, manifests, CONTROL_PORT), terminal);
        var code = new AtomicInteger();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> leave(house, terminal, code), "leave"));
        terminal.step("operator watches " + root.relativize(manifests) + "; Ctrl-C drains and removes all of it");
        try {
            house.await();
        } catch (Trouble e) {
            code.set(1);
            throw e;
        }
    }

    private static void leave(House house, Terminal terminal, AtomicInteger code) {
        terminal.step("draining");
        try {
            house.close();
            terminal.step("stopped, nothing is left");
        } catch (IOException e) {
            System.err.println("up: " + Words.of(e));
            code.set(1);
        }
        Runtime.getRuntime().halt(code.get());
    }
}
