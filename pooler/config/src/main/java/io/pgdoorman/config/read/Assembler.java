package io.pgdoorman.config.read;

import io.pgdoorman.config.AccessConfig;
import io.pgdoorman.config.AuthQueryConfig;
import io.pgdoorman.config.CapConfig;
import io.pgdoorman.config.Cidr;
import io.pgdoorman.config.ClientCaps;
import io.pgdoorman.config.ClientConfig;
import io.pgdoorman.config.ClientTls;
import io.pgdoorman.config.DnsConfig;
import io.pgdoorman.config.GeneralConfig;
import io.pgdoorman.config.HbaSource;
import io.pgdoorman.config.ListenConfig;
import io.pgdoorman.config.LoginConfig;
import io.pgdoorman.config.PinConfig;
import io.pgdoorman.config.PoolClients;
import io.pgdoorman.config.PoolConfig;
import io.pgdoorman.config.PoolMode;
import io.pgdoorman.config.PoolerConfig;
import io.pgdoorman.config.PrepareConfig;
import io.pgdoorman.config.RelayConfig;
import io.pgdoorman.config.ScalingConfig;
import io.pgdoorman.config.Secret;
import io.pgdoorman.config.ServerAddress;
import io.pgdoorman.config.ServerConfig;
import io.pgdoorman.config.ServerTimeouts;
import io.pgdoorman.config.SessionConfig;
import io.pgdoorman.config.ShutdownConfig;
import io.pgdoorman.config.TalosConfig;
import io.pgdoorman.config.TcpConfig;
import io.pgdoorman.config.TokenIssuerConfig;
import io.pgdoorman.config.UpkeepConfig;
import io.pgdoorman.config.UserConfig;
import io.pgdoorman.config.WebConfig;
import io.pgdoorman.config.catalogue.AuthQuerySettings;
import io.pgdoorman.config.catalogue.ClientTlsSettings;
import io.pgdoorman.config.catalogue.DnsSettings;
import io.pgdoorman.config.catalogue.GeneralSettings;
import io.pgdoorman.config.catalogue.ListenSettings;
import io.pgdoorman.config.catalogue.LoginSettings;
import io.pgdoorman.config.catalogue.PoolSettings;
import io.pgdoorman.config.catalogue.TalosSettings;
import io.pgdoorman.config.catalogue.TokenIssuerSettings;
import io.pgdoorman.config.catalogue.UpkeepSettings;
import io.pgdoorman.config.catalogue.UserSettings;
import io.pgdoorman.config.catalogue.Values;
import io.pgdoorman.config.catalogue.WebSettings;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/// Builds the records from values without faults, and lets pools and users inherit.
final class Assembler {

    private Assembler() {}

    static PoolerConfig assemble(Draft draft) {
        var general = general(draft.general());
        var pools = new LinkedHashMap<String, PoolConfig>();
        draft.pools().forEach((name, pool) -> pools.put(name, pool(name, pool, draft.general(), general)));
        var issuers = new LinkedHashMap<String, TokenIssuerConfig>();
        draft.tokens().issuers().forEach((name, issuer) -> issuers.put(name, issuer(issuer)));
        return new PoolerConfig(
                general,
                web(draft.web()),
                new TalosConfig(
                        draft.tokens().talos().of(TalosSettings.KEYS),
                        draft.tokens().talos().of(TalosSettings.DATABASES)),
                issuers,
                pools);
    }

    private static WebConfig web(Values v) {
        return new WebConfig(
                v.of(WebSettings.ENABLED),
                v.of(WebSettings.HOST),
                v.of(WebSettings.PORT),
                new ClientTls(
                        ClientTls.Mode.ALLOW,
                        new ClientTls.Files(
                                v.find(WebSettings.CERTIFICATE),
                                v.find(WebSettings.PRIVATE_KEY),
                                Optional.empty(),
                                Optional.empty()),
                        new ClientTls.Strength("1.2", List.of()),
                        0,
                        ClientTls.Cleartext.TLS),
                v.find(WebSettings.METRICS_TOKEN));
    }

    private static ShutdownConfig shutdown(Values v) {
        return new ShutdownConfig(
                v.of(ListenSettings.SHUTDOWN_TIMEOUT),
                v.find(ListenSettings.SHUTDOWN_SPREAD).orElse(null),
                v.of(ListenSettings.SHUTDOWN_BOUNDARY),
                v.of(ListenSettings.SHUTDOWN_ON_TIMEOUT));
    }

    private static GeneralConfig general(Values v) {
        return new GeneralConfig(
                new ListenConfig(
                        v.of(ListenSettings.HOST),
                        v.of(ListenSettings.PORT),
                        v.find(ListenSettings.READ_ONLY_PORT).orElse(null),
                        v.of(ListenSettings.BACKLOG),
                        v.of(ListenSettings.MAX_CONNECTIONS),
                        new ListenConfig.Workers(
                                v.of(ListenSettings.WORKER_THREADS), v.of(ListenSettings.WORKER_CPU_AFFINITY_PINNING)),
                        shutdown(v),
                        new ListenConfig.UnixSocket(
                                v.find(ListenSettings.UNIX_SOCKET_DIR).orElse(null),
                                v.of(ListenSettings.UNIX_SOCKET_MODE)),
                        v.find(ListenSettings.PEERS).orElse(null),
                        v.find(ListenSettings.SYSLOG_PROG_NAME).orElse(null)),
                tcp(v),
                new ClientConfig(
                        v.of(GeneralSettings.CLIENT_LOGIN_TIMEOUT),
                        GeneralSettings.TIMEOUTS.of(v),
                        new ClientCaps(
                                v.of(GeneralSettings.MAX_DB_CLIENT_CONNECTIONS),
                                v.of(GeneralSettings.MAX_USER_CLIENT_CONNECTIONS)),
                        v.of(GeneralSettings.MAX_ADDRESS_CLIENT_CONNECTIONS),
                        v.of(GeneralSettings.MAX_MEMORY_USAGE),
                        new ClientConfig.LogClients(
                                v.of(GeneralSettings.LOG_CLIENT_CONNECTIONS),
                                v.of(GeneralSettings.LOG_CLIENT_DISCONNECTIONS))),
                servers(v),
                new RelayConfig(
                        prepare(v), v.of(GeneralSettings.DEFERRED_BEGIN), v.of(GeneralSettings.POOLER_CHECK_QUERY)),
                new AccessConfig(
                        v.of(GeneralSettings.ADMIN_USERNAME),
                        v.of(GeneralSettings.ADMIN_PASSWORD),
                        v.find(GeneralSettings.STATS_USERNAME)
                                .flatMap(name -> v.find(GeneralSettings.STATS_PASSWORD)
                                        .map(password -> new AccessConfig.StatsLogin(name, password))),
                        hba(v),
                        v.find(GeneralSettings.PG_IDENT).orElse(new HbaSource.None()),
                        v.of(GeneralSettings.HBA_ROLES),
                        v.find(GeneralSettings.LDAP_TLS_CA_CERT),
                        v.find(GeneralSettings.KRB_SERVER_KEYFILE)),
                new LoginConfig(
                        v.of(LoginSettings.SCRAM_ITERATIONS),
                        v.of(LoginSettings.MAX_UNAUTHENTICATED),
                        new LoginConfig.Failures(
                                v.of(LoginSettings.FAILURES_PER_MINUTE), v.of(LoginSettings.FAILURES_EXEMPT)),
                        v.of(LoginSettings.AUDIT_SUCCESSES)),
                new DnsConfig(
                        v.of(DnsSettings.DNS_MAX_TTL),
                        v.of(DnsSettings.DNS_NXDOMAIN_TTL),
                        v.of(DnsSettings.DNS_KEEP_STALE),
                        v.of(DnsSettings.DNS_SERVERS),
                        v.of(DnsSettings.DNS_RETIRE_SERVERS)),
                clientTls(v),
                new UpkeepConfig(
                        v.of(UpkeepSettings.WATCH_FILES),
                        v.of(UpkeepSettings.RELOAD_KICK_CLIENTS),
                        v.of(UpkeepSettings.LOG_SLOW_CHECKOUT),
                        v.of(UpkeepSettings.LOG_SLOW_QUERY)));
    }

    private static TokenIssuerConfig issuer(Values v) {
        return new TokenIssuerConfig(
                new TokenIssuerConfig.Keys(
                        v.find(TokenIssuerSettings.KEYS_FILE),
                        v.find(TokenIssuerSettings.KEYS_URL),
                        v.find(TokenIssuerSettings.KEYS_CA),
                        v.find(TokenIssuerSettings.KEYS_TOKEN),
                        v.of(TokenIssuerSettings.KEYS_REFRESH)),
                new TokenIssuerConfig.Demands(
                        v.find(TokenIssuerSettings.ISSUER),
                        v.of(TokenIssuerSettings.AUDIENCE),
                        v.of(TokenIssuerSettings.SIGNATURES),
                        v.of(TokenIssuerSettings.LEEWAY)),
                new TokenIssuerConfig.Bearers(
                        v.of(TokenIssuerSettings.USER_CLAIM),
                        v.find(TokenIssuerSettings.ROLE_CLAIM),
                        v.of(TokenIssuerSettings.SERVICE_ACCOUNTS),
                        v.of(TokenIssuerSettings.ENDS_SESSIONS)));
    }

    private static ClientTls clientTls(Values v) {
        return new ClientTls(
                v.of(ClientTlsSettings.MODE),
                new ClientTls.Files(
                        v.find(ClientTlsSettings.CERTIFICATE),
                        v.find(ClientTlsSettings.PRIVATE_KEY),
                        v.find(ClientTlsSettings.CA_CERT),
                        v.find(ClientTlsSettings.CRL)),
                new ClientTls.Strength(v.of(ClientTlsSettings.MIN_VERSION), v.of(ClientTlsSettings.CIPHERS)),
                v.of(ClientTlsSettings.RATE_LIMIT),
                v.of(ClientTlsSettings.CLEARTEXT));
    }

    private static TcpConfig tcp(Values v) {
        return new TcpConfig(
                new TcpConfig.Keepalive(
                        v.of(ListenSettings.TCP_KEEPALIVES_IDLE),
                        v.of(ListenSettings.TCP_KEEPALIVES_INTERVAL),
                        v.of(ListenSettings.TCP_KEEPALIVES_COUNT)),
                v.of(ListenSettings.TCP_NO_DELAY),
                v.of(ListenSettings.TCP_USER_TIMEOUT),
                v.of(ListenSettings.TCP_SOCKET_BUFFER_SIZE),
                v.of(ListenSettings.UNIX_SOCKET_BUFFER_SIZE));
    }

    private static ServerConfig servers(Values v) {
        return new ServerConfig(
                new ServerTimeouts(
                        v.of(GeneralSettings.CONNECT_TIMEOUT),
                        v.of(GeneralSettings.IDLE_TIMEOUT),
                        v.of(GeneralSettings.SERVER_LIFETIME),
                        v.of(GeneralSettings.SERVER_IDLE_CHECK_TIMEOUT)),
                new ServerConfig.Retain(
                        v.of(GeneralSettings.RETAIN_CONNECTIONS_TIME), v.of(GeneralSettings.RETAIN_CONNECTIONS_MAX)),
                new ServerConfig.ParallelCreates(
                        v.of(GeneralSettings.MAX_CONCURRENT_CREATES),
                        v.of(GeneralSettings.SCALING_MAX_PARALLEL_CREATES)),
                new ScalingConfig(
                        v.of(GeneralSettings.SCALING_WARM_POOL_RATIO), v.of(GeneralSettings.SCALING_FAST_RETRIES)),
                v.of(GeneralSettings.SERVER_ROUND_ROBIN),
                v.of(GeneralSettings.SYNC_SERVER_PARAMETERS),
                v.of(GeneralSettings.STARTUP_PARAMETERS),
                GeneralSettings.SERVER_TLS.of(v),
                GeneralSettings.PATRONI.of(v));
    }

    private static PrepareConfig prepare(Values v) {
        int size = v.of(GeneralSettings.PREPARED_STATEMENTS_CACHE_SIZE);
        return new PrepareConfig(
                v.of(GeneralSettings.PREPARED_STATEMENTS),
                size,
                v.find(GeneralSettings.SERVER_PREPARED_STATEMENTS_CACHE_SIZE).orElse(size));
    }

    private static HbaSource hba(Values v) {
        List<Cidr> networks = v.find(GeneralSettings.HBA).orElse(List.of());
        return networks.isEmpty()
                ? v.find(GeneralSettings.PG_HBA).orElse(new HbaSource.None())
                : new HbaSource.Networks(networks);
    }

    private static PoolConfig pool(String name, Draft.Pool pool, Values written, GeneralConfig general) {
        var v = pool.values();
        var usual = general.servers().timeouts();
        var prepare = general.relay().prepare();
        var parameters = new TreeMap<>(general.servers().startupParameters());
        v.of(PoolSettings.STARTUP_PARAMETERS).forEach((key, value) -> {
            parameters.keySet().removeIf(key::equalsIgnoreCase);
            parameters.put(key, value);
        });
        var timeouts = new ServerTimeouts(
                v.find(PoolSettings.CONNECT_TIMEOUT).orElse(usual.connect()),
                v.find(PoolSettings.IDLE_TIMEOUT).orElse(usual.idle()),
                v.find(PoolSettings.SERVER_LIFETIME).orElse(usual.lifetime()),
                usual.idleCheck());
        var session = new SessionConfig(
                v.of(PoolSettings.POOL_MODE),
                v.of(PoolSettings.CLEANUP_SERVER_CONNECTIONS),
                v.of(PoolSettings.APPLICATION_NAME),
                parameters,
                new PinConfig(v.of(PoolSettings.PIN_ON), v.of(PoolSettings.MAX_PINNED_SERVERS)),
                v.of(PoolSettings.LOG_CLIENT_PARAMETER_STATUS_CHANGES),
                v.of(PoolSettings.PAUSED));
        var clients = clients(v, general.clients());
        return new PoolConfig(
                name,
                new ServerAddress(
                        v.of(PoolSettings.SERVER_HOST),
                        v.of(PoolSettings.SERVER_PORT),
                        v.find(PoolSettings.SERVER_DATABASE).orElse(name),
                        new ServerAddress.HostChoice(
                                v.of(PoolSettings.TARGET_SESSION_ATTRS), v.of(PoolSettings.LOAD_BALANCE_HOSTS)),
                        v.find(PoolSettings.READ_ONLY_POOL).orElse(null)),
                PoolSettings.SERVER_TLS.of(v, GeneralSettings.SERVER_TLS, written),
                PoolSettings.PATRONI.of(v, general.servers().patroni()),
                session,
                timeouts,
                new PrepareConfig(
                        prepare.isEnabled(),
                        v.find(PoolSettings.PREPARED_STATEMENTS_CACHE_SIZE).orElse(prepare.poolCacheSize()),
                        v.find(PoolSettings.SERVER_PREPARED_STATEMENTS_CACHE_SIZE)
                                .orElse(prepare.serverCacheSize())),
                scaling(v, general.servers().scaling()),
                cap(v),
                clients,
                pool.users().stream()
                        .map(user -> user(user, session.mode(), timeouts, clients))
                        .toList(),
                Optional.ofNullable(pool.authQuery()).map(query -> authQuery(name, query)));
    }

    private static AuthQueryConfig authQuery(String pool, Values v) {
        return new AuthQueryConfig(
                v.of(AuthQuerySettings.QUERY),
                new AuthQueryConfig.Asker(
                        v.of(AuthQuerySettings.USER),
                        v.find(AuthQuerySettings.PASSWORD).orElse(new Secret.Inline("")),
                        v.find(AuthQuerySettings.DATABASE).orElse(pool),
                        v.of(AuthQuerySettings.WORKERS)),
                v.find(AuthQuerySettings.SERVER_USER)
                        .map(user -> new AuthQueryConfig.Shared(
                                user, v.find(AuthQuerySettings.SERVER_PASSWORD).orElse(null))),
                new UserConfig.PoolSize(v.of(AuthQuerySettings.POOL_SIZE), v.of(AuthQuerySettings.MIN_POOL_SIZE)),
                new AuthQueryConfig.Memory(
                        v.of(AuthQuerySettings.CACHE_TTL),
                        v.of(AuthQuerySettings.CACHE_FAILURE_TTL),
                        v.of(AuthQuerySettings.MIN_INTERVAL),
                        v.of(AuthQuerySettings.MAX_USERS)));
    }

    private static ScalingConfig scaling(Values v, ScalingConfig usual) {
        return new ScalingConfig(
                v.find(PoolSettings.SCALING_WARM_POOL_RATIO).orElse(usual.warmPoolRatio()),
                v.find(PoolSettings.SCALING_FAST_RETRIES).orElse(usual.fastRetries()));
    }

    private static CapConfig cap(Values v) {
        return new CapConfig(
                v.of(PoolSettings.MAX_DB_CONNECTIONS),
                v.of(PoolSettings.MIN_CONNECTION_LIFETIME),
                new CapConfig.Reserve(v.of(PoolSettings.RESERVE_POOL_SIZE), v.of(PoolSettings.RESERVE_POOL_TIMEOUT)),
                v.of(PoolSettings.MIN_GUARANTEED_POOL_SIZE));
    }

    private static PoolClients clients(Values v, ClientConfig usual) {
        return new PoolClients(
                PoolSettings.TIMEOUTS.of(v, usual.timeouts()),
                new ClientCaps(
                        v.find(PoolSettings.MAX_DB_CLIENT_CONNECTIONS)
                                .orElse(usual.caps().perDatabase()),
                        v.find(PoolSettings.MAX_USER_CLIENT_CONNECTIONS)
                                .orElse(usual.caps().perUser())));
    }

    private static UserConfig user(Values v, PoolMode mode, ServerTimeouts timeouts, PoolClients clients) {
        var username = v.of(UserSettings.USERNAME);
        return new UserConfig(
                username,
                v.of(UserSettings.PASSWORD),
                v.find(UserSettings.PREVIOUS_PASSWORD)
                        .map(previous -> new UserConfig.Previous(previous, v.find(UserSettings.PREVIOUS_UNTIL))),
                v.find(UserSettings.PAM_SERVICE),
                v.find(UserSettings.POOL_MODE).orElse(mode),
                new UserConfig.PoolSize(v.of(UserSettings.POOL_SIZE), v.of(UserSettings.MIN_POOL_SIZE)),
                new UserConfig.ServerLogin(
                        v.find(UserSettings.SERVER_USERNAME).orElse(username),
                        v.find(UserSettings.SERVER_PASSWORD).orElse(null)),
                v.find(UserSettings.SERVER_LIFETIME).orElse(timeouts.lifetime()),
                new PoolClients(
                        UserSettings.TIMEOUTS.of(v, clients.timeouts()),
                        new ClientCaps(
                                clients.caps().perDatabase(),
                                v.find(UserSettings.MAX_USER_CLIENT_CONNECTIONS)
                                        .orElse(clients.caps().perUser()))));
    }
}
