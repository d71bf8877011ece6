package io.pgdoorman.operator.app;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/// Entry point: `operator [run|local|diff|console] ...`; no word means `run`.
public final class OperatorMain {

    static final int USAGE_ERROR = 64;
    private static final int IO_ERROR = 74;

    private OperatorMain() {}

    public static void main(String[] args) throws InterruptedException {
        var all = List.of(args);
        var command = all.isEmpty() || all.getFirst().startsWith("--") ? "run" : all.getFirst();
        var rest = all.isEmpty() || all.getFirst().startsWith("--") ? all : all.subList(1, all.size());
        try {
            if (all.contains("--help")) {
                System.out.print(Settings.USAGE);
                return;
            }
            switch (command) {
                case "run" -> run(rest);
                case "local" -> LocalCommand.run(rest, System.out);
                case "diff" -> {
                    var exit = DiffCommand.run(rest, System.out);
                    System.out.flush();
                    System.exit(exit);
                }
                case "console" -> {
                    var exit = ConsoleCommand.run(rest, System.out);
                    System.out.flush();
                    System.exit(exit);
                }
                case "-h", "help" -> System.out.print(Settings.USAGE);
                default -> throw new Settings.UsageException("unknown command " + command);
            }
        } catch (Settings.UsageException e) {
            System.err.println("operator: " + e.getMessage());
            System.err.print(Settings.USAGE);
            System.exit(USAGE_ERROR);
        } catch (IOException e) {
            System.err.println("operator: " + e);
            System.exit(IO_ERROR);
        }
    }

    private static void run(List<String> flags) throws Settings.UsageException, IOException, InterruptedException {
        var operator = new RunningOperator(Settings.read(flags, System.getenv()));
        Runtime.getRuntime().addShutdownHook(new Thread(operator::close, "shutdown"));
        operator.startOrEnd();
        new CountDownLatch(1).await();
    }
}
