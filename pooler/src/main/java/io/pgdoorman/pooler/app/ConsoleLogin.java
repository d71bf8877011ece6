package io.pgdoorman.pooler.app;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;
import picocli.CommandLine.Option;

/// Where a tool finds PostgreSQL, or the console of a pooler, and who it is there: the options of psql.
final class ConsoleLogin {
    @Option(
            names = {"-H", "--host"},
            defaultValue = "${env:PGHOST:-127.0.0.1}",
            description = "default: PGHOST, else 127.0.0.1")
    private String host = "";

    @Option(
            names = {"-p", "--port"},
            defaultValue = "${env:PGPORT:-5432}",
            description = "default: PGPORT, else 5432")
    private int port;

    @Option(
            names = {"-u", "--user"},
            defaultValue = "${env:PGUSER:-postgres}",
            description = "default: PGUSER, else postgres")
    private String user = "";

    @Option(
            names = "--password",
            interactive = true,
            arity = "0..1",
            description = "asked for when it has no value; default: PGPASSWORD")
    private char @Nullable [] password;

    @Option(names = "--ssl", description = "use TLS")
    private boolean ssl;

    String host() {
        return host;
    }

    int port() {
        return port;
    }

    Connection connect(String database, Map<String, String> more) throws SQLException {
        var properties = new Properties();
        properties.setProperty("user", user);
        var given = password == null ? System.getenv("PGPASSWORD") : String.valueOf(password);
        if (given != null) {
            properties.setProperty("password", given);
        }
        properties.setProperty("sslmode", ssl ? "require" : "prefer");
        properties.setProperty("connectTimeout", "10");
        properties.putAll(more);
        var name = host.contains(":") ? "[" + host + "]" : host;
        return Objects.requireNonNull(
                new Driver().connect("jdbc:postgresql://" + name + ":" + port + "/" + database, properties));
    }
}
