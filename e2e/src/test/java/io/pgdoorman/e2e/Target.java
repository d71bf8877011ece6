package io.pgdoorman.e2e;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/// Where a client connects to, and as whom: with psql, pgbench or the Java driver.
record Target(String host, int port, String database, String user, String password) {

    Target as(String otherUser, String otherPassword) {
        return new Target(host, port, database, otherUser, otherPassword);
    }

    Target to(String otherDatabase) {
        return new Target(host, port, otherDatabase, user, password);
    }

    /// The answer of one statement, or the error, as psql prints it.
    Command.Output psql(String sql) {
        return client("psql", List.of("-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql))
                .run();
    }

    Command.Output pgbench(String... options) {
        return client("pgbench", List.of(options)).within(Duration.ofMinutes(3)).run();
    }

    private Command client(String program, List<String> options) {
        var words = new ArrayList<>(List.of(program, "-h", host, "-p", String.valueOf(port), "-U", user));
        words.addAll(options);
        words.add(database);
        return Command.of(words).with(Map.of("PGPASSWORD", password, "PGCONNECT_TIMEOUT", "10"));
    }

    /// A connection whose statements are prepared by name from the first use on; it never waits for ever.
    Connection connect() throws SQLException {
        var properties = new Properties();
        properties.setProperty("user", user);
        properties.setProperty("password", password);
        properties.setProperty("prepareThreshold", "1");
        properties.setProperty("connectTimeout", "5");
        properties.setProperty("socketTimeout", "30");
        properties.setProperty("sslmode", "disable");
        properties.setProperty("ApplicationName", "e2e");
        return DriverManager.getConnection("jdbc:postgresql://%s:%d/%s".formatted(host, port, database), properties);
    }
}
