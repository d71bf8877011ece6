package io.pgdoorman.e2e.pod;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;

/// An application without a password: it shows the token that the kubelet mounted, and says what came of it.
public final class Login {

    private Login() {}

    /// Arguments: JDBC URL, user, file of the token, file of the authorities.
    static void main(String[] arguments) throws IOException {
        var properties = new Properties();
        properties.setProperty("user", arguments[1]);
        properties.setProperty(
                "password", Files.readString(Path.of(arguments[2])).strip());
        properties.setProperty("sslmode", "verify-full");
        properties.setProperty("sslrootcert", arguments[3]);
        properties.setProperty("connectTimeout", "10");
        properties.setProperty("socketTimeout", "30");
        try (var connection = DriverManager.getConnection(arguments[0], properties);
                var statement = connection.createStatement();
                var rows = statement.executeQuery("select current_user")) {
            rows.next();
            System.out.println("entered as " + rows.getString(1));
        } catch (SQLException e) {
            System.out.println("refused: " + e.getSQLState() + " " + e.getMessage());
        }
    }
}
