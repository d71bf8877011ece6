package io.pgdoorman.config.catalogue;

import static io.pgdoorman.config.catalogue.Types.bool;
import static io.pgdoorman.config.catalogue.Types.choice;
import static io.pgdoorman.config.catalogue.Types.duration;
import static io.pgdoorman.config.catalogue.Types.integer;
import static io.pgdoorman.config.catalogue.Types.text;

import io.pgdoorman.config.LoadBalance;
import io.pgdoorman.config.PinReason;
import io.pgdoorman.config.PoolConfig;
import io.pgdoorman.config.PoolMode;
import io.pgdoorman.config.ServerHost;
import io.pgdoorman.config.TargetSession;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// `pools.<name>`.
public final class PoolSettings {

    /// The list of users below a pool.
    public static final String USERS = "users";
    /// The table of look-up by query below a pool.
    public static final String AUTH_QUERY = "auth_query";

    public static final Section<PoolConfig> S = new Section<>(
            "pools.<name>", "A database as clients name it, and where it is on PostgreSQL.", USERS, AUTH_QUERY);

    private static final Duration TICK = Duration.ofMillis(1);

    public static final Setting<PoolConfig, List<ServerHost>> SERVER_HOST = S.hot("server_host", new HostsType())
            .orElse(List.of(new ServerHost("127.0.0.1", null)))
            .acts(
                    p -> p.server().hosts(),
                    "Where PostgreSQL listens; several hosts, in order, as `a,b:5433` or as a list.");
    public static final Setting<PoolConfig, Integer> SERVER_PORT = S.hot("server_port", integer(1, 65_535))
            .orElse(5432)
            .acts(p -> p.server().port(), "The port of hosts that name none.");
    public static final Setting<PoolConfig, TargetSession> TARGET_SESSION_ATTRS = S.hot(
                    "target_session_attrs", choice(List.of(TargetSession.values())))
            .orElse(TargetSession.ANY)
            .acts(
                    p -> p.server().choice().target(),
                    "What a host must be to be used, as in libpq; servers of one that is it no longer are given up.");
    public static final Setting<PoolConfig, LoadBalance> LOAD_BALANCE_HOSTS = S.hot(
                    "load_balance_hosts", choice(List.of(LoadBalance.values())))
            .orElse(LoadBalance.DISABLE)
            .acts(
                    p -> p.server().choice().balance(),
                    "Tries hosts and their addresses in the order written, or in a random one, as in libpq.");
    public static final Setting<PoolConfig, String> READ_ONLY_POOL = S.hot("read_only_pool", text())
            .acts(
                    p -> p.server().readOnlyPool(),
                    "Pool that serves those who ask for this database at general.read_only_port, as one of replicas;"
                            + " without it they are refused there.");
    public static final Setting<PoolConfig, String> SERVER_DATABASE = S.hot("server_database", text())
            .inherits("the pool's name")
            .acts(p -> p.server().database(), "The database there.");
    public static final Setting<PoolConfig, PoolMode> POOL_MODE = S.hot("pool_mode", choice(List.of(PoolMode.values())))
            .orElse(PoolMode.TRANSACTION)
            .acts(p -> p.session().mode(), "Whether a client keeps its server for a transaction or for its session.");
    public static final Setting<PoolConfig, Boolean> CLEANUP_SERVER_CONNECTIONS = S.hot(
                    "cleanup_server_connections", bool())
            .orElse(true)
            .acts(
                    p -> p.session().cleanupServers(),
                    "Resets session state when a server is given back; ROLLBACK happens in any case.");
    public static final Setting<PoolConfig, String> APPLICATION_NAME = S.hot("application_name", text())
            .orElse("pg_doorman")
            .acts(p -> p.session().applicationName(), "The application_name that servers start with.");
    public static final Setting<PoolConfig, List<PinReason>> PIN_ON = S.hot(
                    "pin_on", new ListType<>(choice(List.of(PinReason.values()))))
            .orElse(List.of())
            .acts(
                    p -> p.session().pin().on(),
                    "Session state that keeps a server with its client in transaction mode, until UNLISTEN, DISCARD ALL"
                            + " or the client's end; empty = none, as in PgDoorman: a transaction's end resets it."
                            + " prepared-statements are those of SQL's PREPARE, until DEALLOCATE ALL.");
    public static final Setting<PoolConfig, Integer> MAX_PINNED_SERVERS = S.hot(
                    "max_pinned_servers", integer(0, Integer.MAX_VALUE))
            .orElse(0)
            .acts(
                    p -> p.session().pin().maxServers(),
                    "Most servers of one user that pin_on may keep at once; 0 = half of pool_size, at least one."
                            + " Beyond, LISTEN is refused and other state is reset.");
    public static final Setting<PoolConfig, Boolean> LOG_CLIENT_PARAMETER_STATUS_CHANGES = S.hot(
                    "log_client_parameter_status_changes", bool())
            .orElse(false)
            .acts(
                    p -> p.session().logChanges(),
                    "Logs each change of a parameter that PostgreSQL reports to a client (SET TimeZone and the like).");
    public static final Setting<PoolConfig, Boolean> PAUSED = S.hot("paused", bool())
            .orElse(false)
            .acts(
                    p -> p.session().paused(),
                    "As the console's PAUSE, when a reload turns it on and in a process that starts with it: leases go"
                        + " on, clients wait for a server up to query_wait_timeout. Turned off, as RESUME. In between"
                        + " the console decides. An extension.");
    public static final Setting<PoolConfig, Map<String, String>> STARTUP_PARAMETERS = S.hot(
                    "startup_parameters", new ParametersType())
            .orElse(Map.of())
            .acts(
                    p -> p.session().startupParameters(),
                    "PostgreSQL parameters sent when a server is connected, laid over the general ones.");
    public static final Setting<PoolConfig, Duration> CONNECT_TIMEOUT = S.hot("connect_timeout", duration(TICK))
            .inherits("general.connect_timeout")
            .acts(p -> p.timeouts().connect(), "As in general, for this pool.");
    public static final Setting<PoolConfig, Duration> IDLE_TIMEOUT = S.hot("idle_timeout", duration(Duration.ZERO))
            .inherits("general.idle_timeout")
            .acts(p -> p.timeouts().idle(), "As in general, for this pool.");
    public static final Setting<PoolConfig, Duration> SERVER_LIFETIME = S.hot(
                    "server_lifetime", duration(Duration.ZERO))
            .inherits("general.server_lifetime")
            .acts(p -> p.timeouts().lifetime(), "As in general, for this pool.");
    public static final TimeoutSettings<PoolConfig> TIMEOUTS =
            new TimeoutSettings<>(S, p -> p.clients().timeouts(), Heir.POOL);
    public static final ServerTlsSettings<PoolConfig> SERVER_TLS =
            new ServerTlsSettings<>(S, PoolConfig::tls, Heir.POOL);
    public static final Setting<PoolConfig, Integer> MAX_DB_CLIENT_CONNECTIONS =
            CapSettings.perDatabase(S, p -> p.clients().caps(), Heir.POOL);
    public static final Setting<PoolConfig, Integer> MAX_USER_CLIENT_CONNECTIONS =
            CapSettings.perUser(S, p -> p.clients().caps(), Heir.POOL);
    public static final Setting<PoolConfig, Integer> PREPARED_STATEMENTS_CACHE_SIZE = S.hot(
                    "prepared_statements_cache_size", integer(0, Integer.MAX_VALUE))
            .inherits("general.prepared_statements_cache_size")
            .acts(p -> p.prepare().poolCacheSize(), "As in general, for this pool.");
    public static final Setting<PoolConfig, Integer> SERVER_PREPARED_STATEMENTS_CACHE_SIZE = S.hot(
                    "server_prepared_statements_cache_size", integer(0, Integer.MAX_VALUE))
            .inherits("general.server_prepared_statements_cache_size")
            .acts(p -> p.prepare().serverCacheSize(), "As in general, for this pool.");

    public static final Setting<PoolConfig, Integer> SCALING_WARM_POOL_RATIO = S.hot(
                    "scaling_warm_pool_ratio", integer(0, 100))
            .inherits("general.scaling_warm_pool_ratio")
            .acts(p -> p.scaling().warmPoolRatio(), "As in general, for this pool.");
    public static final Setting<PoolConfig, Integer> SCALING_FAST_RETRIES = S.hot(
                    "scaling_fast_retries", integer(0, Integer.MAX_VALUE))
            .inherits("general.scaling_fast_retries")
            .acts(p -> p.scaling().fastRetries(), "As in general, for this pool.");
    public static final Setting<PoolConfig, Integer> MAX_DB_CONNECTIONS = S.hot(
                    "max_db_connections", integer(0, 1_000_000))
            .orElse(0)
            .acts(
                    p -> p.cap().max(),
                    "Most servers over all users of the pool, walsenders included and the reserve not counted; 0 = no"
                            + " limit. Who needs one"
                            + " beyond it gets one of another user that has more than its share.");
    public static final Setting<PoolConfig, Duration> MIN_CONNECTION_LIFETIME = S.hot(
                    "min_connection_lifetime", duration(Duration.ZERO))
            .orElse(Duration.ofSeconds(30))
            .acts(
                    p -> p.cap().minConnectionLifetime(),
                    "Age before an idle server may be closed for another user or because it uses the reserve. Not"
                        + " asked when a user with less than its share has waited a quarter of reserve_pool_timeout.");
    public static final Setting<PoolConfig, Integer> RESERVE_POOL_SIZE = S.hot(
                    "reserve_pool_size", integer(0, 1_000_000))
            .orElse(0)
            .acts(
                    p -> p.cap().reserve().size(),
                    "Servers above max_db_connections for those who would have to wait; closed when idle.");
    public static final Setting<PoolConfig, Duration> RESERVE_POOL_TIMEOUT = S.hot(
                    "reserve_pool_timeout", duration(Duration.ZERO))
            .orElse(Duration.ofSeconds(3))
            .acts(
                    p -> p.cap().reserve().timeout(),
                    "Longest wait for a server below max_db_connections and its reserve; then clients of a user"
                            + " without any server get error 53300.");
    public static final Setting<PoolConfig, Integer> MIN_GUARANTEED_POOL_SIZE = S.hot(
                    "min_guaranteed_pool_size", integer(0, 100_000))
            .orElse(0)
            .acts(p -> p.cap().guaranteed(), "Servers of each user that are not closed for other users.");

    public static final PatroniSettings<PoolConfig> PATRONI = new PatroniSettings<>(S, PoolConfig::patroni, Heir.POOL);

    private PoolSettings() {}
}
