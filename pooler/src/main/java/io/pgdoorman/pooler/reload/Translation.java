package io.pgdoorman.pooler.reload;

import io.pgdoorman.config.AuthQueryConfig;
import io.pgdoorman.config.ByteSize;
import io.pgdoorman.config.LoadBalance;
import io.pgdoorman.config.PoolConfig;
import io.pgdoorman.config.PoolMode;
import io.pgdoorman.config.PoolerConfig;
import io.pgdoorman.config.Secret;
import io.pgdoorman.config.ServerAddress;
import io.pgdoorman.config.ServerHost;
import io.pgdoorman.config.TcpConfig;
import io.pgdoorman.config.UserConfig;
import io.pgdoorman.pooler.auth.Verifier;
import io.pgdoorman.pooler.client.ClientPool;
import io.pgdoorman.pooler.client.Timeouts;
import io.pgdoorman.pooler.lookup.LookupSettings;
import io.pgdoorman.pooler.net.NameSettings;
import io.pgdoorman.pooler.net.SocketSettings;
import io.pgdoorman.pooler.patroni.FallbackSettings;
import io.pgdoorman.pooler.pool.CapSettings;
import io.pgdoorman.pooler.pool.PoolSettings;
import io.pgdoorman.pooler.relay.Pinning;
import io.pgdoorman.pooler.relay.RelaySettings;
import io.pgdoorman.pooler.server.Credentials;
import io.pgdoorman.pooler.server.ServerSettings;
import io.pgdoorman.pooler.server.ServerTls;
import io.pgdoorman.pooler.server.WantedRole;
import io.pgdoorman.pooler.session.Dirt;
import io.pgdoorman.pooler.tls.PostgresTls;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Translates the records of the configuration file into the settings of the rooms; pure.
final class Translation {
    private Translation() {}

    static PoolSettings pool(PoolerConfig config, PoolConfig pool, UserConfig user) {
        var servers = config.general().servers();
        return new PoolSettings(
                user.size().max(),
                user.size().min(),
                user.clients().timeouts().waiting().limit(),
                new PoolSettings.Times(
                        user.serverLifetime(),
                        pool.timeouts().idle(),
                        pool.timeouts().idleCheck()),
                new PoolSettings.Growth(
                        servers.creates().limit(),
                        pool.scaling().warmPoolRatio(),
                        pool.scaling().fastRetries()),
                servers.roundRobin());
    }

    /// By database.
    ///
    /// @param files of the authorities of Patroni's certificates, by pool; those without one are missing
    static Map<String, FallbackSettings> fallbacks(PoolerConfig config, Map<String, Path> files) {
        return config.pools().values().stream()
                .collect(
                        Collectors.toUnmodifiableMap(PoolConfig::name, pool -> fallback(pool, files.get(pool.name()))));
    }

    private static FallbackSettings fallback(PoolConfig pool, @Nullable Path authorities) {
        var patroni = pool.patroni();
        return new FallbackSettings(
                new FallbackSettings.Apis(
                        patroni.urls().stream().map(URI::create).toList(), authorities),
                new FallbackSettings.Times(
                        patroni.apiTimeout(),
                        patroni.connectTimeout(),
                        pool.clients().timeouts().waiting().limit()),
                patroni.cooldown(),
                patroni.effectiveLifetime());
    }

    static CapSettings cap(PoolConfig pool) {
        var cap = pool.cap();
        return new CapSettings(
                cap.max(),
                cap.reserve().size(),
                cap.reserve().timeout(),
                cap.minConnectionLifetime(),
                cap.guaranteed());
    }

    static Timeouts timeouts(UserConfig user) {
        var times = user.clients().timeouts();
        return new Timeouts(
                times.waiting().notice().toNanos(),
                times.idle().toNanos(),
                times.inTransaction().idle().toNanos(),
                times.inTransaction().whole().toNanos(),
                times.inTransaction().query().toNanos());
    }

    static ClientPool.Caps caps(UserConfig user) {
        var caps = user.clients().caps();
        return new ClientPool.Caps(caps.perDatabase(), caps.perUser());
    }

    static RelaySettings relay(PoolerConfig config, PoolConfig pool, UserConfig user) {
        boolean session = user.mode() == PoolMode.SESSION;
        return new RelaySettings(
                session,
                !session && pool.prepare().isEnabled(),
                config.general().servers().syncParameters());
    }

    static ClientPool.SessionRules session(PoolConfig pool, UserConfig user) {
        int pinOn = 0;
        for (var kind : pool.session().pin().on()) {
            pinOn |= switch (kind) {
                case LISTEN -> Dirt.LISTENS;
                case TEMP_TABLES -> Dirt.TEMP;
                case HOLD_CURSORS -> Dirt.CURSORS;
                case ADVISORY_LOCKS -> Dirt.LOCKS;
                case PREPARED_STATEMENTS -> Dirt.STATEMENTS;
            };
        }
        int most = pool.session().pin().maxServers();
        return new ClientPool.SessionRules(
                pool.session().cleanupServers(),
                pool.session().startupParameters().keySet(),
                new Pinning(pinOn, most == 0 ? Math.max(1, user.size().max() / 2) : most),
                pool.session().logChanges());
    }

    static ServerSettings server(PoolerConfig config, PoolConfig pool, UserConfig user, Credentials credentials) {
        var parameters = new LinkedHashMap<String, String>();
        parameters.put("application_name", pool.session().applicationName());
        parameters.putAll(pool.session().startupParameters());
        return new ServerSettings(
                hosts(pool.server()),
                ServerTls.NONE,
                new ServerSettings.Login(
                        pool.server().database(), user.serverLogin().username(), credentials),
                parameters,
                (int) pool.timeouts().connect().toMillis(),
                pool.prepare().serverCacheSize(),
                socket(config.general().tcp(), config.general().tcp().unixSocketBufferSize()));
    }

    /// How users of the pool are looked up.
    static LookupSettings lookup(
            PoolerConfig config, PoolConfig pool, AuthQueryConfig query, ServerSettings.Login asker) {
        var parameters = Map.of("application_name", pool.session().applicationName(), "client_encoding", "UTF8");
        var usual = server(config, pool, found(pool, query, asker.user()), asker.credentials());
        var memory = query.memory();
        return new LookupSettings(
                new LookupSettings.Asking(usual.as(asker, parameters), query.query()),
                new LookupSettings.Keeping(
                        query.asker().workers(),
                        memory.found(),
                        memory.missed(),
                        memory.minInterval(),
                        memory.mostUsers()),
                query.shared().isEmpty(),
                config.general().logins().scramIterations());
    }

    /// A user who was found, or the role that all of them share, as if it stood in the pool's list.
    static UserConfig found(PoolConfig pool, AuthQueryConfig query, String user) {
        int least = query.shared().isPresent() ? 0 : query.size().min();
        return new UserConfig(
                user,
                new Secret.Inline(""),
                Optional.empty(),
                Optional.empty(),
                pool.session().mode(),
                new UserConfig.PoolSize(query.size().max(), least),
                new UserConfig.ServerLogin(user, null),
                pool.timeouts().lifetime(),
                pool.clients());
    }

    static ServerTls.Mode mode(io.pgdoorman.config.ServerTls tls) {
        return switch (tls.mode()) {
            case DISABLE -> ServerTls.Mode.DISABLE;
            case ALLOW -> ServerTls.Mode.ALLOW;
            case PREFER -> ServerTls.Mode.PREFER;
            case REQUIRE, VERIFY_CA, VERIFY_FULL -> ServerTls.Mode.REQUIRE;
        };
    }

    /// @param folder where relative paths start
    static PostgresTls.Settings settings(io.pgdoorman.config.ServerTls tls, Path folder) {
        var files = tls.files();
        boolean verifies = tls.mode().verifies();
        return new PostgresTls.Settings(
                switch (tls.mode()) {
                    case DISABLE, ALLOW, PREFER, REQUIRE -> PostgresTls.Proof.NOTHING;
                    case VERIFY_CA -> PostgresTls.Proof.CHAIN;
                    case VERIFY_FULL -> PostgresTls.Proof.NAME;
                },
                files.authorities().filter(_ -> verifies).map(folder::resolve).orElse(null),
                files.revocations().filter(_ -> verifies).map(folder::resolve).orElse(null),
                files.certificate().map(folder::resolve).orElse(null),
                files.key().map(folder::resolve).orElse(null));
    }

    static NameSettings names(PoolerConfig config) {
        var dns = config.general().dns();
        var servers = dns.servers().stream()
                .map(server -> new InetSocketAddress(server.host(), Objects.requireNonNullElse(server.port(), 53)))
                .toList();
        return new NameSettings(dns.maxTtl(), dns.nxdomainTtl(), dns.keepStale(), servers);
    }

    /// The names and addresses of all hosts that are reached by TCP.
    static Set<String> hostNames(PoolerConfig config) {
        return config.pools().values().stream()
                .flatMap(pool -> pool.server().hosts().stream())
                .filter(host -> !host.isFolder())
                .map(ServerHost::host)
                .collect(Collectors.toSet());
    }

    private static ServerSettings.Hosts hosts(ServerAddress server) {
        var addresses = server.hosts().stream()
                .map(host ->
                        new ServerSettings.Address(host.host(), Objects.requireNonNullElse(host.port(), server.port())))
                .toList();
        var wanted = switch (server.choice().target()) {
            case ANY -> WantedRole.ANY;
            case READ_WRITE -> WantedRole.READ_WRITE;
            case READ_ONLY -> WantedRole.READ_ONLY;
            case PRIMARY -> WantedRole.PRIMARY;
            case STANDBY -> WantedRole.STANDBY;
            case PREFER_STANDBY -> WantedRole.PREFER_STANDBY;
        };
        return new ServerSettings.Hosts(addresses, wanted, server.choice().balance() == LoadBalance.RANDOM);
    }

    /// Options of clients' sockets; the Unix ones of servers have buffers of their own.
    static SocketSettings socket(TcpConfig tcp) {
        return socket(tcp, new ByteSize(0));
    }

    private static SocketSettings socket(TcpConfig tcp, ByteSize unixBuffer) {
        return new SocketSettings(
                tcp.noDelay(),
                (int) tcp.keepalive().idle().toSeconds(),
                (int) tcp.keepalive().interval().toSeconds(),
                tcp.keepalive().count(),
                (int) tcp.userTimeout().toSeconds(),
                (int) tcp.socketBufferSize().bytes(),
                (int) unixBuffer.bytes());
    }

    /// What the pooler can prove to PostgreSQL; what it had before is kept where nothing changed, since a
    /// ClientKey is learned only from a client's login.
    static Credentials credentials(String password, @Nullable String serverPassword, @Nullable Credentials before) {
        if (serverPassword != null) {
            return before instanceof Credentials.Password known
                            && known.password().equals(serverPassword)
                    ? known
                    : Credentials.Password.of(serverPassword);
        }
        if (password.startsWith(UserConfig.TOKEN_KEY_FILE)) {
            return new Credentials.None();
        }
        return switch (Verifier.parse(password)) {
            case Verifier.None _, Verifier.Outside _ -> new Credentials.None();
            case Verifier.Md5(var hash) -> new Credentials.Md5Hash(hash);
            case Verifier.Plain(var text) ->
                before instanceof Credentials.Password known && known.password().equals(text)
                        ? known
                        : Credentials.Password.of(text);
            case Verifier.Scram scram ->
                before instanceof Credentials.Passthrough known
                                && known.verifier().equals(scram)
                        ? known
                        : Credentials.Passthrough.of(scram);
        };
    }
}
