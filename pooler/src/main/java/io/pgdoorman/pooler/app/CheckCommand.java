package io.pgdoorman.pooler.app;

import io.pgdoorman.pooler.reload.Reloader;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `pooler check`: what `-t` does, and what the file refers to as well when asked.
@Command(
        name = "check",
        description =
                "Checks a configuration file: each fault on a line, with file and line. Exit code 78 if there are any.")
final class CheckCommand implements Callable<Integer> {
    private final PrintStream out;
    private final PrintStream err;

    @Parameters(
            arity = "0..1",
            paramLabel = "CONFIG_FILE",
            defaultValue = "pg_doorman.toml",
            description = "YAML or TOML")
    private Path file = Path.of("");

    @Option(
            names = {"-r", "--references"},
            description = "Reads the secrets, pg_hba and pg_ident too, as a start would.")
    private boolean references;

    CheckCommand(PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
    }

    @Override
    public Integer call() {
        int code = PoolerMain.test(file, out, err);
        if (code != 0 || !references) {
            return code;
        }
        var faults = Reloader.faults(file);
        faults.forEach(err::println);
        return faults.isEmpty() ? 0 : PoolerMain.EXIT_CONFIG;
    }
}
