package io.pgdoorman.pooler.script;

import io.pgdoorman.pooler.app.Pooler;
import io.pgdoorman.pooler.reload.ReloadOutcome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/// A pooler inside this JVM, before the shared PostgreSQL, on ports that the system chooses.
///
/// All roles of [Door.Role] may use it, each by what PostgreSQL stores about it.
public final class PoolerFixture implements AutoCloseable {
    /// Basic auth of the HTTP port and the login of the admin console.
    public static final String ADMIN = "admin";

    /// Its password.
    public static final String ADMIN_PASSWORD = "admin-secret";

    private final Path folder;
    private final Wish wish;
    private final Pooler pooler;

    private PoolerFixture(Path folder, Wish wish, Pooler pooler) {
        this.folder = folder;
        this.wish = wish;
        this.pooler = pooler;
    }

    /// What a test wants to be different.
    public static final class Wish {
        private final Map<String, String> general = new TreeMap<>();
        private final Map<String, String> pool = new TreeMap<>();
        private final Map<String, String> app = new TreeMap<>();
        private final Map<String, String> tables = new TreeMap<>();
        private final Map<String, String> users = new TreeMap<>();
        private String mode = "transaction";
        private int size = 4;
        private boolean knowsPasswords;
        private List<String> databases = List.of(Door.DATABASE);

        private Wish() {
            general.put("worker_threads", "2");
            general.put("query_wait_timeout", "10s");
            general.put("deferred_begin", "false"); // a test that says BEGIN wants to hold a server
        }

        /// Session instead of transaction mode.
        public Wish sessionMode() {
            mode = "session";
            return this;
        }

        /// Most server connections of each user.
        public Wish poolSize(int servers) {
            size = servers;
            return this;
        }

        /// Other databases than the usual one.
        public Wish databases(List<String> names) {
            databases = names;
            return this;
        }

        /// The pooler logs in to PostgreSQL with passwords of its own, so that clients need not prove anything.
        public Wish serverPasswords() {
            knowsPasswords = true;
            return this;
        }

        /// BEGIN waits for the next message, as without this fixture.
        public Wish deferredBegin() {
            general.put("deferred_begin", "true");
            return this;
        }

        /// A line of the section `general`.
        public Wish general(String key, String value) {
            general.put(key, value);
            return this;
        }

        /// A line of the pool.
        public Wish pool(String key, String value) {
            pool.put(key, value);
            return this;
        }

        /// A key of the user [Door.Role#APP].
        public Wish app(String key, String value) {
            app.put(key, value);
            return this;
        }

        /// A further table of the file, in YAML's flow style.
        public Wish table(String name, String value) {
            tables.put(name, value);
            return this;
        }

        /// One more user of each pool; its servers are those of [Door.Role#APP].
        public Wish user(String name, String password) {
            users.put(name, password);
            return this;
        }

        /// Starts it.
        public PoolerFixture start() {
            try {
                Path folder = Files.createTempDirectory("doorman-pooler-");
                Path file = Files.writeString(folder.resolve("pooler.yaml"), yaml());
                return new PoolerFixture(folder, this, Pooler.start(file));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private String yaml() {
            var text = new StringBuilder("general:\n");
            general.putIfAbsent("host", "127.0.0.1");
            general.putIfAbsent("port", "0");
            general.putIfAbsent("admin_username", ADMIN);
            general.putIfAbsent("admin_password", ADMIN_PASSWORD);
            general.forEach((key, value) ->
                    text.append("  ").append(key).append(": ").append(value).append('\n'));
            text.append("web: {enabled: true, host: 127.0.0.1, port: 0}\n");
            tables.forEach((name, value) ->
                    text.append(name).append(": ").append(value).append('\n'));
            text.append("pools:\n");
            databases.forEach(database -> text.append(pool(database)));
            Secrets.all().knowThoseOfFile(text.toString());
            return text.toString();
        }

        private String pool(String database) {
            var text = new StringBuilder("  " + database + ":\n");
            text.append("    pool_mode: ").append(mode).append('\n');
            pool.putIfAbsent("server_host", "127.0.0.1");
            pool.putIfAbsent(
                    "server_port", String.valueOf(EmbeddedPg.shared().door().port()));
            pool.forEach((key, value) ->
                    text.append("    ").append(key).append(": ").append(value).append('\n'));
            text.append("    users:\n");
            for (var role : Door.Role.values()) {
                var more = new StringBuilder(login(role));
                if (role == Door.Role.APP) {
                    app.forEach((key, value) ->
                            more.append(", ").append(key).append(": ").append(value));
                }
                text.append("      - {username: %s, password: \"%s\", pool_size: %d%s}\n"
                        .formatted(role.user(), EmbeddedPg.shared().verifierOf(role.user()), size, more));
            }
            users.forEach((name, password) -> text.append(
                    "      - {username: %s, password: \"%s\", pool_size: %d, server_username: %s, server_password: \"%s\"}\n"
                            .formatted(name, password, size, Door.Role.APP.user(), Door.Role.APP.password())));
            return text.toString();
        }

        private String login(Door.Role role) {
            return knowsPasswords
                    ? ", server_username: %s, server_password: \"%s\"".formatted(role.user(), role.password())
                    : "";
        }
    }

    /// A pooler in transaction mode with a few servers, unless wished otherwise.
    public static Wish wish() {
        return new Wish();
    }

    /// Where its clients knock.
    public Door door() {
        return new Door("pooler", wish.general.getOrDefault("host", "127.0.0.1"), pooler.port());
    }

    /// Bytes of clients' messages that it holds.
    public long heldClientBytes() {
        return pooler.heldClientBytes();
    }

    /// Loads other settings while it runs.
    public void reload(UnaryOperator<Wish> change) {
        try {
            Files.writeString(folder.resolve("pooler.yaml"), change.apply(wish).yaml());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        var outcome = pooler.reload(null, null);
        if (!(outcome instanceof ReloadOutcome.Applied)) {
            throw new AssertionError(outcome);
        }
    }

    /// Loads the same settings again, with what the files say by now to which they refer.
    public void rereads() {
        var outcome = pooler.reload(null, null);
        if (!(outcome instanceof ReloadOutcome.Unchanged)) {
            throw new AssertionError(outcome);
        }
    }

    /// Logs in by pgjdbc and asks PostgreSQL who that is.
    public String logsIn(String user, String password) throws SQLException {
        try (var connection = DriverManager.getConnection(door().jdbcUrl(), user, password);
                var statement = connection.createStatement();
                var rows = statement.executeQuery("select current_user")) {
            rows.next();
            return rows.getString(1);
        }
    }

    /// One column of a table of the console.
    public List<String> console(String command, String column) {
        var url = door().jdbcUrl().replaceFirst("/[^/]*$", "/pgdoorman") + "?preferQueryMode=simple";
        try (var connection = DriverManager.getConnection(url, ADMIN, ADMIN_PASSWORD);
                var statement = connection.createStatement();
                var rows = statement.executeQuery(command)) {
            List<String> values = new ArrayList<>();
            while (rows.next()) {
                values.add(rows.getString(column));
            }
            return values;
        } catch (SQLException e) {
            throw new IllegalStateException(command, e);
        }
    }

    /// Gives an order to the console.
    public void console(String order) {
        var url = door().jdbcUrl().replaceFirst("/[^/]*$", "/pgdoorman") + "?preferQueryMode=simple";
        try (var connection = DriverManager.getConnection(url, ADMIN, ADMIN_PASSWORD);
                var statement = connection.createStatement()) {
            statement.execute(order);
        } catch (SQLException e) {
            throw new IllegalStateException(order, e);
        }
    }

    /// The port of metrics and control.
    public int webPort() {
        return pooler.webPort();
    }

    @Override
    public void close() {
        pooler.close();
        try (var files = Files.list(folder)) {
            for (var file : files.toList()) {
                Files.delete(file);
            }
            Files.delete(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
