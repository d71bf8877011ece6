package io.pgdoorman.pooler.behaviour;

import io.pgdoorman.pooler.hba.HbaRequest;
import io.pgdoorman.pooler.hba.Surroundings;
import io.pgdoorman.pooler.script.Papers;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// A PostgreSQL whose rules are written anew all the time: with TLS, a Unix socket, both address families,
/// and a few roles. One superuser session stays open, so that no rule can shut the tests out.
final class GuardedPg implements AutoCloseable {
    /// What the rules may know: boss is in heads, heads in staff.
    static final Surroundings SURROUNDINGS = new Roles();

    private static final int PATIENCE_MILLIS = 30_000;

    private final EmbeddedPostgres server;
    private final Path data;
    private final Connection superuser;
    private final Papers authority = Papers.authority("CN=db");
    private String rules = "";
    private int reloads;

    private GuardedPg(EmbeddedPostgres server, Path data, Connection superuser) {
        this.server = server;
        this.data = data;
        this.superuser = superuser;
    }

    static GuardedPg start() throws IOException {
        Path data = Files.createTempDirectory("doorman-hba-");
        var server = EmbeddedPostgres.builder()
                .setDataDirectory(data)
                .setCleanDataDirectory(true)
                .setServerConfig("listen_addresses", "'127.0.0.1,127.0.0.2,127.1.2.3,::1'")
                .setServerConfig("unix_socket_directories", "'" + data + "'")
                .setServerConfig("fsync", "off")
                .start();
        try {
            var guarded = new GuardedPg(
                    server,
                    data,
                    DriverManager.getConnection(
                            "jdbc:postgresql://127.0.0.1:" + server.getPort() + "/postgres", "postgres", ""));
            guarded.prepare();
            return guarded;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private void prepare() throws SQLException {
        authority.write(data, "server");
        does(
                "create role staff login password 'x'",
                "create role heads login password 'x' in role staff",
                "create role boss login password 'x' in role heads",
                "create role alice login password 'x'",
                "create role bob login password 'x'",
                "create role \"ann ex\" login password 'x'",
                "set password_encryption = 'md5'",
                "create role old login password 'x' in role staff",
                "alter system set ssl = on",
                "alter system set ssl_cert_file = 'server.crt'",
                "alter system set ssl_key_file = 'server.key'",
                "alter system set ssl_ca_file = 'server.crt'",
                "select pg_reload_conf()");
    }

    private void does(String... statements) throws SQLException {
        try (var statement = superuser.createStatement()) {
            for (var sql : statements) {
                statement.execute(sql);
            }
        }
    }

    void writeRules(String text) throws IOException {
        rules = text;
        Files.writeString(data.resolve("pg_hba.conf"), text);
    }

    /// What is wrong in the file, by line.
    Map<Integer, String> faults() throws SQLException {
        var faults = new HashMap<Integer, String>();
        try (var statement = superuser.createStatement();
                var rows = statement.executeQuery(
                        "select line_number, error from pg_hba_file_rules where error is not null")) {
            while (rows.next()) {
                faults.put(rows.getInt(1), rows.getString(2));
            }
        }
        return faults;
    }

    /// Each rule of the file with all that it includes, as `FILE:LINE METHOD OPTIONS`; where a line cannot be read,
    /// only those lines as `FILE:LINE fault`.
    Set<String> rules() throws SQLException {
        var rules = new TreeSet<String>();
        var faults = new TreeSet<String>();
        try (var statement = superuser.createStatement();
                var rows = statement.executeQuery("""
                    select file_name || ':' || line_number, auth_method,
                           array(select unnest(options) order by 1)::text
                    from pg_hba_file_rules\
                    """)) {
            while (rows.next()) {
                if (rows.getString(2) == null) {
                    faults.add(rows.getString(1) + " fault");
                } else {
                    rules.add(rows.getString(1) + " " + rows.getString(2) + " " + rows.getString(3));
                }
            }
        }
        return faults.isEmpty() ? rules : faults;
    }

    /// Makes the written rules count; a first rule that nobody else meets tells when they do.
    void reload() throws IOException, SQLException {
        var marker = "marker" + ++reloads;
        Files.writeString(data.resolve("pg_hba.conf"), "host all " + marker + " all reject\n" + rules);
        does("select pg_reload_conf()");
        var request = new HbaRequest(false, InetAddress.ofLiteral("127.0.0.1"), "postgres", marker);
        var patience = System.nanoTime() + 1_000_000L * PATIENCE_MILLIS;
        while (!asksOf(request).equals("rejected")) {
            if (System.nanoTime() > patience) {
                throw new IllegalStateException("rules are not taken:\n" + rules + "\n" + faults());
            }
            Thread.onSpinWait();
        }
    }

    /// Its TCP port, Unix socket, and folder, where files that rules name are sought.
    HbaKnock knock() {
        return new HbaKnock(server.getPort(), data.resolve(".s.PGSQL." + server.getPort()), null);
    }

    Path folder() {
        return data;
    }

    /// Issues certificates that it believes.
    Papers authority() {
        return authority;
    }

    String asksOf(HbaRequest request) throws IOException {
        return knock().asksOf(request, null);
    }

    @Override
    public void close() throws IOException {
        try {
            superuser.close();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        } finally {
            server.close();
        }
    }

    private static final class Roles implements Surroundings {
        private static final Map<String, Set<String>> MEMBERS =
                Map.of("staff", Set.of("heads", "boss", "old"), "heads", Set.of("boss"));
        private static final Set<String> ROLES = Set.of("staff", "heads", "boss", "alice", "bob", "old", "ann ex");

        @Override
        public boolean isMember(String user, String role) {
            return ROLES.contains(user)
                    && (user.equals(role)
                            || MEMBERS.getOrDefault(role, Set.of()).contains(user));
        }

        @Override
        public List<String> namesOf(InetAddress address) {
            return List.of();
        }

        @Override
        public List<InetAddress> addressesOf(String name) {
            return List.of();
        }

        @Override
        public List<InterfaceAddress> own() {
            try {
                return NetworkInterface.networkInterfaces()
                        .flatMap(network -> network.getInterfaceAddresses().stream())
                        .toList();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
