package io.pgdoorman.pooler.app;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// The commands beside `run`. Only they load the library that reads their options, so that a running pooler has nothing
/// of
/// it in memory.
final class Tools {
    static final Set<String> NAMES = Set.of("check", "generate", "import", "top", "completion", "help");

    private Tools() {}

    static int run(String[] arguments, PrintStream out, PrintStream err) {
        var root = root(out, err);
        if (arguments[0].equals("completion")) {
            out.print(AutoComplete.bash("pooler", root));
            return 0;
        }
        return root.execute(arguments);
    }

    private static picocli.CommandLine root(PrintStream out, PrintStream err) {
        var root = new picocli.CommandLine(new Root())
                .addSubcommand("run", new picocli.CommandLine(runSpec()))
                .addSubcommand("check", new CheckCommand(out, err))
                .addSubcommand("generate", new GenerateCommand(out, err))
                .addSubcommand("import", new ImportCommand(out, err))
                .addSubcommand("top", new TopCommand(out))
                .addSubcommand("completion", new Completion())
                .addSubcommand("help", new HelpCommand());
        root.setOut(new PrintWriter(out, true, StandardCharsets.UTF_8));
        root.setErr(new PrintWriter(err, true, StandardCharsets.UTF_8));
        root.setParameterExceptionHandler((wrong, _) -> {
            err.println("pooler: " + wrong.getMessage() + " (see pooler help "
                    + wrong.getCommandLine().getCommandName() + ")");
            return PoolerMain.EXIT_USAGE;
        });
        root.setExecutionExceptionHandler((failure, _, _) -> {
            err.println("pooler: " + failure.getMessage());
            return PoolerMain.EXIT_OS;
        });
        return root;
    }

    /// What [CommandLine] reads, for help and completion.
    private static CommandSpec runSpec() {
        return CommandSpec.create()
                .name("run")
                .usageMessage(
                        CommandSpec.create().usageMessage().description("Runs the pooler; also without a command."))
                .addOption(option("-l", "--log-level", "LEVEL", "error, warn, info, debug, trace or off"))
                .addOption(option("-F", "--log-format", "FORMAT", "text or structured (JSON lines)"))
                .addOption(option("--pid-file", "--pid-file", "FILE", "gets the number of the process"))
                .addPositional(PositionalParamSpec.builder()
                        .paramLabel("CONFIG_FILE")
                        .arity("0..1")
                        .description("YAML or TOML")
                        .build());
    }

    private static OptionSpec option(String brief, String name, String label, String description) {
        return OptionSpec.builder(name, brief)
                .arity("1")
                .type(String.class)
                .paramLabel(label)
                .description(description)
                .build();
    }

    /// The name before all commands.
    @Command(name = "pooler", description = "A PostgreSQL connection pooler.")
    private static final class Root {}

    /// For help; it is answered before options are read.
    @Command(name = "completion", description = "Prints a script for the completion of bash and zsh.")
    private static final class Completion {}
}
