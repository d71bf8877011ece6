package drivers.jdbc;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import drivers.Scenarios;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;

/// The scenarios of `e2e/drivers/SCENARIOS` with pgjdbc's connections lent by HikariCP, which gives each back as it
/// was.
final class Hikari {

    /// One pool per set of properties: what is lent again has been prepared, broken or changed by somebody before.
    private static final Map<Map<String, String>, HikariDataSource> POOLS = new ConcurrentHashMap<>();

    private static Connection lent(Map<String, String> properties) throws SQLException {
        return POOLS.computeIfAbsent(properties, Hikari::pool).getConnection();
    }

    private static HikariDataSource pool(Map<String, String> properties) {
        var config = new HikariConfig();
        config.setJdbcUrl(Jdbc.URL);
        config.setUsername(Scenarios.USER);
        config.setPassword(Scenarios.PASSWORD);
        properties.forEach(config::addDataSourceProperty);
        config.setMaximumPoolSize(8);
        config.setMinimumIdle(0);
        return new HikariDataSource(config);
    }

    private static String version() throws IOException {
        var properties = new Properties();
        try (var file =
                HikariDataSource.class.getResourceAsStream("/META-INF/maven/com.zaxxer/HikariCP/pom.properties")) {
            properties.load(file);
        }
        return properties.getProperty("version");
    }

    public static void main(String[] arguments) throws IOException {
        Scenarios.version("HikariCP", version() + ", pgjdbc " + org.postgresql.util.DriverInfo.DRIVER_VERSION);
        Jdbc.scenarios(Hikari::lent).run();
    }
}
