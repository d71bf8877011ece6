package io.pgdoorman.pooler.app;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;

/// All commands; without one the pooler runs.
final class CommandTree {
    /// What the environment says where the command line does not, by what the command line calls it.
    private static final Map<String, String> VARIABLES =
            Map.of("CONFIG_FILE", "CONFIG_FILE", "LEVEL", "LOG_LEVEL", "FORMAT", "LOG_FORMAT");

    private CommandTree() {}

    static CommandLine of(Map<String, String> environment, PrintStream out, PrintStream err) {
        var root = new CommandLine(new RunCommand(out, err))
                .setCommandName("pooler")
                .addSubcommand("run", new RunCommand(out, err))
                .addSubcommand("check", new CheckCommand(out, err))
                .addSubcommand("generate", new GenerateCommand(out, err))
                .addSubcommand("import", new ImportCommand(out, err))
                .addSubcommand("top", new TopCommand(out))
                .addSubcommand("completion", new Completion(out, environment))
                .addSubcommand("help", new HelpCommand());
        root.getSubcommands().values().forEach(CommandTree::addHelp);
        root.setOut(new PrintWriter(out, true, StandardCharsets.UTF_8));
        root.setErr(new PrintWriter(err, true, StandardCharsets.UTF_8));
        root.setCaseInsensitiveEnumValuesAllowed(true);
        root.setDefaultValueProvider(argument -> ofEnvironment(environment, argument));
        root.setExecutionStrategy(CommandTree::execute);
        root.setParameterExceptionHandler((wrong, _) -> {
            var command = wrong.getCommandLine();
            var help = command.getParent() == null ? "--help" : "help " + command.getCommandName();
            err.println("pooler: " + wrong.getMessage() + " (see pooler " + help + ")");
            return PoolerMain.EXIT_USAGE;
        });
        root.setExecutionExceptionHandler((failure, _, _) -> PoolerMain.failed(failure, err));
        return root;
    }

    private static void addHelp(CommandLine command) {
        if (command.getCommandSpec().findOption("--help") == null) {
            command.getCommandSpec()
                    .addOption(OptionSpec.builder("-h", "--help")
                            .usageHelp(true)
                            .description("Show this help message and exit.")
                            .build());
        }
    }

    private static @Nullable String ofEnvironment(Map<String, String> environment, ArgSpec argument) {
        var variable = VARIABLES.get(argument.paramLabel());
        return variable == null ? null : environment.get(variable);
    }

    /// An option before a command would be of the pooler that does not run.
    private static int execute(ParseResult parsed) {
        if (parsed.hasSubcommand() && !parsed.matchedArgs().isEmpty()) {
            throw new ParameterException(
                    parsed.commandSpec().commandLine(),
                    "what belongs to " + parsed.subcommand().commandSpec().name() + " stands behind it");
        }
        return new RunLast().execute(parsed);
    }

    @Command(name = "completion", description = "Prints a script for the completion of bash and zsh.")
    private record Completion(PrintStream out, Map<String, String> environment) implements Runnable {
        @Override
        public void run() {
            out.print(AutoComplete.bash("pooler", of(environment, out, out)));
        }
    }
}
