package io.pgdoorman.pooler.script;

import java.util.Map;

/// Where a client knocks: PostgreSQL itself or the pooler, both with the same databases and users.
public record Door(String name, String host, int port) {
    /// The usual database.
    public static final String DATABASE = "shop";

    /// Who logs in, and how the password is stored.
    public enum Role {
        /// SCRAM verifier.
        APP("app", "app-secret"),
        /// Another one.
        CLERK("clerk", "clerk-secret"),
        /// SCRAM verifier of few iterations: a login is most of what a short script does.
        PLAYER("player", "player-secret"),
        /// md5 hash.
        OLD("old", "old-secret");

        private final String user;
        private final String password;

        Role(String user, String password) {
            this.user = user;
            this.password = password;
        }

        /// The name in PostgreSQL.
        public String user() {
            return user;
        }

        /// The password in clear.
        public String password() {
            return password;
        }
    }

    /// Opens a socket and sends nothing.
    public WireClient connect() {
        return WireClient.connect(this);
    }

    /// Logs in as [Role#APP] to the usual database.
    public WireClient login() {
        return login(Role.APP);
    }

    /// Logs in to the usual database.
    public WireClient login(Role role) {
        return login(role, Map.of());
    }

    /// Logs in to the usual database with more startup parameters.
    public WireClient login(Role role, Map<String, String> parameters) {
        return connect().loggedIn(role.user(), role.password(), DATABASE, parameters);
    }

    /// The address as drivers want it.
    public String jdbcUrl() {
        return "jdbc:postgresql://" + host + ":" + port + "/" + DATABASE;
    }
}
