package io.pgdoorman.pooler.app;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `pooler import`: PgBouncer's files become ours.
@Command(
        name = "import",
        description =
                "Turns pgbouncer.ini and userlist.txt into a configuration of the pooler; what has no counterpart is"
                        + " reported on standard error.")
final class ImportCommand implements Callable<Integer> {
    private final PrintStream out;
    private final PrintStream err;

    @Parameters(paramLabel = "INI", description = "pgbouncer.ini")
    private Path ini = Path.of("");

    @Option(
            names = {"-u", "--userlist"},
            paramLabel = "FILE",
            description = "userlist.txt; default: what auth_file says")
    private @Nullable Path users;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "write there instead of to standard output")
    private @Nullable Path output;

    ImportCommand(PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
    }

    @Override
    public Integer call() throws IOException {
        var read = PgbouncerFile.read(Files.readString(ini));
        var authFile = read.general().get("auth_file");
        var list = users == null && authFile != null ? ini.toAbsolutePath().resolveSibling(authFile) : users;
        var passwords = list == null || !Files.isReadable(list)
                ? PgbouncerFile.NO_USERS
                : PgbouncerFile.users(Files.readString(list));
        var made = new PgbouncerImport(read, passwords).make();
        if (list != null && !Files.isReadable(list)) {
            err.println("auth_file: " + list + " cannot be read, so there are no users of it");
        }
        made.report().forEach(err::println);
        var target = output;
        if (target == null) {
            out.print(made.yaml());
        } else {
            Files.writeString(target, made.yaml());
        }
        return 0;
    }
}
