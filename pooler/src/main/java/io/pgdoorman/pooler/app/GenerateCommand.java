package io.pgdoorman.pooler.app;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `pooler generate`: a configuration for a PostgreSQL that runs, as PgDoorman's command of that name.
@Command(
        name = "generate",
        description =
                "Reads databases and users with their verifiers from a running PostgreSQL, as a superuser, and writes"
                        + " a configuration with comments.")
final class GenerateCommand implements Callable<Integer> {
    private final PrintStream out;
    private final PrintStream err;

    @Mixin
    private ConsoleLogin login = new ConsoleLogin();

    @Option(
            names = {"-d", "--database"},
            defaultValue = "${env:PGDATABASE:-postgres}",
            description = "where it asks; default: PGDATABASE, else postgres")
    private String database = "";

    @Option(names = "--pool-size", defaultValue = "40", description = "most servers of each user; default: 40")
    private int poolSize;

    @Option(
            names = {"-s", "--session-pool-mode"},
            description = "session instead of transaction mode")
    private boolean isSession;

    @Option(names = "--server-host", description = "where the pooler finds PostgreSQL; default: where this command did")
    private @Nullable String serverHost;

    @Option(names = "--no-comments", description = "the bare configuration")
    private boolean isBare;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "write there instead of to standard output")
    private @Nullable Path output;

    GenerateCommand(PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
    }

    @Override
    public Integer call() throws IOException, SQLException {
        String text;
        try (var connection = login.connect(database, Map.of())) {
            text = text(databases(connection), users(connection));
        }
        var target = output;
        if (target == null) {
            out.print(text);
        } else {
            Files.writeString(target, text);
        }
        return 0;
    }

    private static List<String> databases(Connection connection) throws SQLException {
        var names = new ArrayList<String>();
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(
                        "select datname from pg_database where datallowconn and not datistemplate order by datname")) {
            while (rows.next()) {
                names.add(rows.getString(1));
            }
        }
        return names;
    }

    /// Users who may log in, with what PostgreSQL stores of their passwords.
    private Map<String, String> users(Connection connection) throws SQLException {
        var users = new LinkedHashMap<String, String>();
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery("select usename, passwd from pg_shadow order by usename")) {
            while (rows.next()) {
                var verifier = rows.getString(2);
                if (verifier == null) {
                    err.println("user " + rows.getString(1) + " has no password and was left out");
                } else {
                    users.put(rows.getString(1), verifier);
                }
            }
        }
        return users;
    }

    private String text(List<String> databases, Map<String, String> users) {
        var yaml = new YamlText(!isBare);
        yaml.comment(0, "Made by pooler generate. All settings: pooler/config/REFERENCE.md");
        yaml.line(0, "general:");
        yaml.comment(1, "Where clients connect.");
        yaml.line(1, "host: 0.0.0.0").line(1, "port: 6432");
        yaml.comment(1, "The console: psql -p 6432 -U admin pgdoorman");
        yaml.line(1, "admin_username: admin");
        yaml.comment(1, "A text, {file: PATH} or {env: NAME}.");
        yaml.line(1, "admin_password: {env: DOORMAN_ADMIN_PASSWORD}");
        yaml.comment(0, "Metrics, probes and control.");
        yaml.line(0, "web: {enabled: true, port: 9127}");
        yaml.line(0, "pools:");
        var host = serverHost == null ? login.host() : serverHost;
        for (var name : databases) {
            yaml.comment(1, "The name by which clients ask for it; server_database if PostgreSQL has another.");
            yaml.line(1, yaml.quoted(name) + ":");
            yaml.text(2, "server_host", host).line(2, "server_port: " + login.port());
            yaml.comment(2, "transaction: a client has a server for a transaction only; session: until it leaves.");
            yaml.line(2, "pool_mode: " + (isSession ? "session" : "transaction"));
            yaml.line(2, users.isEmpty() ? "users: []" : "users:");
            users.forEach((user, verifier) -> {
                yaml.text(3, "- username", user);
                yaml.comment(4, "What PostgreSQL stores; with SCRAM the pooler logs in as its client once it did.");
                yaml.text(4, "password", verifier).line(4, "pool_size: " + poolSize);
            });
        }
        return yaml.toString();
    }
}
