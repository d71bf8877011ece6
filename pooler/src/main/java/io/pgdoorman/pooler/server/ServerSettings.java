package io.pgdoorman.pooler.server;

import io.pgdoorman.pooler.net.SocketSettings;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What is needed to open a connection to PostgreSQL for one pool.
///
/// @param startupParameters sent in the startup packet: they become what RESET returns to
/// @param connectTimeoutMillis limit of resolving, TCP and login together, over all hosts
/// @param statementCapacity prepared statements kept on one connection
public record ServerSettings(
        Hosts hosts,
        ServerTls tls,
        Login login,
        Map<String, String> startupParameters,
        int connectTimeoutMillis,
        int statementCapacity,
        SocketSettings socket) {
    /// The same with another startup packet.
    public ServerSettings with(Map<String, String> parameters) {
        return new ServerSettings(hosts, tls, login, parameters, connectTimeoutMillis, statementCapacity, socket);
    }

    /// The same with other encryption.
    public ServerSettings with(ServerTls other) {
        return new ServerSettings(
                hosts, other, login, startupParameters, connectTimeoutMillis, statementCapacity, socket);
    }

    /// The same elsewhere.
    public ServerSettings at(Hosts others, int millis) {
        return new ServerSettings(others, tls, login, startupParameters, millis, statementCapacity, socket);
    }

    /// The same as somebody else, with another startup packet.
    public ServerSettings as(Login other, Map<String, String> parameters) {
        return new ServerSettings(hosts, tls, other, parameters, connectTimeoutMillis, statementCapacity, socket);
    }

    /// The same as the same user, who proves it by something else where the first is refused.
    public ServerSettings with(ServerSettings.@Nullable Former former) {
        return as(new Login(login.database(), login.user(), login.credentials(), former), startupParameters);
    }

    /// The same by what the user had before.
    ServerSettings by(Former former) {
        return as(new Login(login.database(), login.user(), former.credentials()), startupParameters);
    }

    /// Where PostgreSQL listens: an address or a name, or the folder of its Unix socket.
    public record Address(String host, int port) {
        public boolean isFolder() {
            return host.startsWith("/");
        }

        /// The file of the socket in its folder, named as PostgreSQL does.
        public String socketFile() {
            return host + "/.s.PGSQL." + port;
        }

        @Override
        public String toString() {
            if (isFolder()) {
                return socketFile();
            }
            return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
        }
    }

    /// The hosts of a pool in order of preference.
    ///
    /// @param wanted which of them will do
    /// @param random whether they are tried in another order each time
    public record Hosts(List<Address> addresses, WantedRole wanted, boolean random) {
        public Hosts {
            addresses = List.copyOf(addresses);
        }

        /// The same hosts, of which others will do.
        public Hosts wanting(WantedRole other) {
            return other == wanted ? this : new Hosts(addresses, other, random);
        }

        @Override
        public String toString() {
            return addresses.stream().map(Address::toString).collect(Collectors.joining(","));
        }
    }

    /// As whom, and to which database.
    ///
    /// @param former tried where PostgreSQL refuses the credentials; null if there are none
    public record Login(
            String database,
            String user,
            Credentials credentials,
            @Nullable Former former) {
        public Login(String database, String user, Credentials credentials) {
            this(database, user, credentials, null);
        }

        /// Whether it leads to the same, whatever was before.
        public boolean isLike(Login other) {
            return database.equals(other.database) && user.equals(other.user) && credentials.equals(other.credentials);
        }
    }

    /// What proved the user before: a password is changed in two places, the role and the configuration, and never at
    /// once.
    ///
    /// @param untilNanos when it is not tried any more
    public record Former(Credentials credentials, long untilNanos) {}
}
