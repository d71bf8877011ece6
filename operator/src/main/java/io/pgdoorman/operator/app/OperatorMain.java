package io.pgdoorman.operator.app;

import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/// Entry point: `operator [run|local] ...`; no word means `run`.
public final class OperatorMain {

    static final int USAGE_ERROR = 64;

    private OperatorMain() {}

    public static void main(String[] args) throws Exception {
        var all = List.of(args);
        var command = all.isEmpty() || all.getFirst().startsWith("--") ? "run" : all.getFirst();
        var rest = all.isEmpty() || all.getFirst().startsWith("--") ? all : all.subList(1, all.size());
        switch (command) {
            case "run" -> run(rest, System.getenv(), System.err);
            case "local" -> local(rest, System.err);
            case "-h", "help" -> System.out.print(Settings.USAGE);
            default -> {
                System.err.println("operator: unknown command " + command);
                System.err.print(Settings.USAGE);
                System.exit(USAGE_ERROR);
            }
        }
    }

    private static void run(List<String> flags, Map<String, String> environment, PrintStream err)
            throws IOException, InterruptedException {
        if (flags.contains("--help")) {
            System.out.print(Settings.USAGE);
            return;
        }
        Settings settings;
        try {
            settings = Settings.read(flags, environment);
        } catch (Settings.UsageException e) {
            err.println("operator: " + e.getMessage());
            err.print(Settings.USAGE);
            System.exit(USAGE_ERROR);
            return;
        }
        var operator = new RunningOperator(settings);
        Runtime.getRuntime().addShutdownHook(new Thread(operator::close, "shutdown"));
        operator.start();
        new CountDownLatch(1).await();
    }

    private static void local(List<String> args, PrintStream err) {
        err.println("operator: local is not built yet: " + String.join(" ", args));
        System.exit(USAGE_ERROR);
    }
}
