package io.pgdoorman.e2e.methods;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Base64;
import java.util.Map;
import java.util.Properties;

/// pgjdbc, which knows libpq's settings by other names.
final class PgjdbcLogin {

    private static final Map<String, String> NAMES = Map.of(
            "PGUSER", "user",
            "PGPASSWORD", "password",
            "PGSSLMODE", "sslmode",
            "PGSSLROOTCERT", "sslrootcert",
            "PGSSLCERT", "sslcert",
            "PGCHANNELBINDING", "channelBinding",
            "PGSSLNEGOTIATION", "sslNegotiation");

    private PgjdbcLogin() {}

    static String call(Map<String, String> environment) {
        var properties = new Properties();
        properties.setProperty("password", "");
        NAMES.forEach((variable, name) -> {
            if (environment.containsKey(variable)) {
                properties.setProperty(name, environment.getOrDefault(variable, ""));
            }
        });
        if (environment.containsKey("PGSSLKEY")) {
            properties.setProperty(
                    "sslkey",
                    der(Path.of(environment.getOrDefault("PGSSLKEY", ""))).toString());
        }
        var url = "jdbc:postgresql://%s:%s/%s"
                .formatted(environment.get("PGHOST"), environment.get("PGPORT"), environment.get("PGDATABASE"));
        try (var connection = DriverManager.getConnection(url, properties);
                var statement = connection.createStatement();
                var rows = statement.executeQuery("select current_user")) {
            rows.next();
            return "user " + rows.getString(1);
        } catch (SQLException e) {
            return "refused " + e.getSQLState() + " " + e.getMessage();
        }
    }

    /// The same key as pgjdbc wants it: PKCS #8 in DER.
    private static Path der(Path pem) {
        try {
            var text = Files.readString(pem).replaceAll("-----[A-Z ]+-----", "");
            var der = Files.write(Path.of(pem + ".pk8"), Base64.getMimeDecoder().decode(text));
            // it takes no key that others may read
            return Files.setPosixFilePermissions(der, PosixFilePermissions.fromString("rw-------"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
