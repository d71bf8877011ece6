package io.pgdoorman.e2e;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/// Where a client connects to, and as whom: with psql, pgbench or the Java driver.
///
/// @param tls null for plain connections
record Target(
        String host,
        int port,
        String database,
        String user,
        String password,
        @Nullable Tls tls) {

    /// TLS that is verified as `verify-full` says.
    ///
    /// @param serverName the name that the certificate has to carry
    /// @param authorities file of the authorities that are believed
    record Tls(String serverName, Path authorities) {}

    Target(String host, int port, String database, String user, String password) {
        this(host, port, database, user, password, null);
    }

    Target as(String otherUser, String otherPassword) {
        return new Target(host, port, database, otherUser, otherPassword, tls);
    }

    Target to(String otherDatabase) {
        return new Target(host, port, otherDatabase, user, password, tls);
    }

    Target over(Tls verified) {
        return new Target(host, port, database, user, password, verified);
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
        var name = tls == null ? host : tls.serverName();
        var words = new ArrayList<>(List.of(program, "-h", name, "-p", String.valueOf(port), "-U", user));
        words.addAll(options);
        words.add(database);
        var environment = new HashMap<>(Map.of("PGPASSWORD", password, "PGCONNECT_TIMEOUT", "10"));
        if (tls == null) {
            environment.put("PGSSLMODE", "disable");
        } else {
            environment.put("PGHOSTADDR", host);
            environment.put("PGSSLMODE", "verify-full");
            environment.put("PGSSLROOTCERT", tls.authorities().toString());
        }
        return Command.of(words).with(environment);
    }

    /// A connection whose statements are prepared by name from the first use on; it never waits for ever.
    Connection connect() throws SQLException {
        var properties = new Properties();
        properties.setProperty("user", user);
        properties.setProperty("password", password);
        properties.setProperty("prepareThreshold", "1");
        properties.setProperty("connectTimeout", "5");
        properties.setProperty("socketTimeout", "30");
        properties.setProperty("ApplicationName", "e2e");
        if (tls == null) {
            properties.setProperty("sslmode", "disable");
        } else {
            properties.setProperty("sslmode", "verify-full");
            properties.setProperty("sslrootcert", tls.authorities().toString());
            properties.setProperty("socketFactory", RoutedSockets.class.getName());
            properties.setProperty("socketFactoryArg", host + ":" + port);
        }
        var name = tls == null ? host : tls.serverName();
        return DriverManager.getConnection("jdbc:postgresql://%s:%d/%s".formatted(name, port, database), properties);
    }
}
