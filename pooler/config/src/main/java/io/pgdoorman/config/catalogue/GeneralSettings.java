package io.pgdoorman.config.catalogue;

import static io.pgdoorman.config.catalogue.Types.bool;
import static io.pgdoorman.config.catalogue.Types.cidr;
import static io.pgdoorman.config.catalogue.Types.duration;
import static io.pgdoorman.config.catalogue.Types.integer;
import static io.pgdoorman.config.catalogue.Types.path;
import static io.pgdoorman.config.catalogue.Types.size;
import static io.pgdoorman.config.catalogue.Types.text;

import io.pgdoorman.config.AccessConfig;
import io.pgdoorman.config.ByteSize;
import io.pgdoorman.config.Cidr;
import io.pgdoorman.config.GeneralConfig;
import io.pgdoorman.config.HbaSource;
import io.pgdoorman.config.Secret;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// `general`, second part: clients, servers, pools, prepared statements, access.
public final class GeneralSettings {

    public static final Section<GeneralConfig> S = ListenSettings.S;

    private static final Duration TICK = Duration.ofMillis(1);

    public static final Setting<GeneralConfig, Duration> CLIENT_LOGIN_TIMEOUT = S.hot(
                    "client_login_timeout", duration(TICK))
            .oldName("login_timeout")
            .orElse(Duration.ofSeconds(15))
            .acts(
                    g -> g.clients().loginTimeout(),
                    "Longest time from accept to a finished login (57014). An extension: PgDoorman waits for ever.");
    public static final TimeoutSettings<GeneralConfig> TIMEOUTS =
            new TimeoutSettings<>(S, g -> g.clients().timeouts(), Heir.NOBODYS);
    public static final ServerTlsSettings<GeneralConfig> SERVER_TLS =
            new ServerTlsSettings<>(S, g -> g.servers().tls(), Heir.NOBODYS);
    public static final Setting<GeneralConfig, Integer> MAX_DB_CLIENT_CONNECTIONS =
            CapSettings.perDatabase(S, g -> g.clients().caps(), Heir.NOBODYS);
    public static final Setting<GeneralConfig, Integer> MAX_USER_CLIENT_CONNECTIONS =
            CapSettings.perUser(S, g -> g.clients().caps(), Heir.NOBODYS);
    public static final Setting<GeneralConfig, Integer> MAX_ADDRESS_CLIENT_CONNECTIONS = S.hot(
                    "max_address_client_connections", integer(0, Integer.MAX_VALUE))
            .orElse(0)
            .acts(
                    g -> g.clients().maxPerAddress(),
                    "Most clients from one address at once, logged in or not; the next one is refused with 53300."
                            + " 0 = no limit. An extension.");
    public static final Setting<GeneralConfig, ByteSize> MAX_MEMORY_USAGE = S.hot("max_memory_usage", size())
            .orElse(new ByteSize(256 << 20))
            .acts(
                    g -> g.clients().maxMemory(),
                    "Most memory for client messages that wait or are not whole. Near it clients that wait are not"
                            + " read, beyond it they are refused (53200); messages that pass hold none. 0 = no limit.");
    public static final Setting<GeneralConfig, Boolean> LOG_CLIENT_CONNECTIONS = S.hot("log_client_connections", bool())
            .orElse(true)
            .acts(g -> g.clients().logs().connections(), "Logs each login; true also when `general` leaves it out.");
    public static final Setting<GeneralConfig, Boolean> LOG_CLIENT_DISCONNECTIONS = S.hot(
                    "log_client_disconnections", bool())
            .orElse(true)
            .acts(
                    g -> g.clients().logs().disconnections(),
                    "Logs each logout; true also when `general` leaves it out.");
    public static final Setting<GeneralConfig, Duration> CONNECT_TIMEOUT = S.hot("connect_timeout", duration(TICK))
            .orElse(Duration.ofSeconds(3))
            .acts(
                    g -> g.servers().timeouts().connect(),
                    "One budget for connecting and logging in to PostgreSQL; also the limit of the idle check.");
    public static final Setting<GeneralConfig, Duration> IDLE_TIMEOUT = S.hot("idle_timeout", duration(Duration.ZERO))
            .orElse(Duration.ofMinutes(10))
            .acts(
                    g -> g.servers().timeouts().idle(),
                    "Closes a server that was idle for so long (jitter 20 %); 0 = off.");
    public static final Setting<GeneralConfig, Duration> SERVER_LIFETIME = S.hot(
                    "server_lifetime", duration(Duration.ZERO))
            .orElse(Duration.ofMinutes(20))
            .acts(g -> g.servers().timeouts().lifetime(), "Greatest age of a server (jitter 20 %); 0 = off.");
    public static final Setting<GeneralConfig, Duration> SERVER_IDLE_CHECK_TIMEOUT = S.hot(
                    "server_idle_check_timeout", duration(Duration.ZERO))
            .orElse(Duration.ofSeconds(60))
            .acts(
                    g -> g.servers().timeouts().idleCheck(),
                    "Probes a server that was idle for longer before it is lent; 0 = off.");
    public static final Setting<GeneralConfig, Duration> RETAIN_CONNECTIONS_TIME = S.hot(
                    "retain_connections_time", duration(TICK))
            .orElse(Duration.ofSeconds(30))
            .acts(g -> g.servers().retain().period(), "Period of the janitor that closes expired idle servers.");
    public static final Setting<GeneralConfig, Integer> RETAIN_CONNECTIONS_MAX = S.hot(
                    "retain_connections_max", integer(0, Integer.MAX_VALUE))
            .orElse(3)
            .acts(
                    g -> g.servers().retain().max(),
                    "Most expired idle servers closed per period over all pools; 0 = no limit.");
    public static final Setting<GeneralConfig, Boolean> SERVER_ROUND_ROBIN = S.hot("server_round_robin", bool())
            .orElse(false)
            .acts(g -> g.servers().roundRobin(), "Lends the server idle for longest instead of the one used last.");
    public static final Setting<GeneralConfig, Boolean> SYNC_SERVER_PARAMETERS = S.hot("sync_server_parameters", bool())
            .orElse(true)
            .acts(
                    g -> g.servers().syncParameters(),
                    "Brings a lent server's parameters in line with its client's, in the same write as the first"
                            + " query. On by default, unlike in PgDoorman.");
    public static final Setting<GeneralConfig, Boolean> DEFERRED_BEGIN = S.hot("deferred_begin", bool())
            .orElse(true)
            .acts(
                    g -> g.relay().deferBegin(),
                    "Answers a plain BEGIN or START TRANSACTION of the simple protocol without a server, in"
                        + " transaction mode; the real one goes in the same write as the next message, so now() is the"
                        + " time of that. PostgreSQL's own idle_in_transaction_session_timeout begins there too;"
                        + " idle_transaction_timeout holds from the BEGIN on. An extension: PgDoorman always does so"
                        + " for `begin;`.");
    public static final Setting<GeneralConfig, String> POOLER_CHECK_QUERY = S.hot("pooler_check_query", text())
            .orElse(";")
            .acts(
                    g -> g.relay().checkQuery(),
                    "Simple query, exactly this text, that each pool answers as PostgreSQL did the first time; outside"
                            + " of transactions. An empty query too, while this is `;`.");
    public static final Setting<GeneralConfig, Map<String, String>> STARTUP_PARAMETERS = S.hot(
                    "startup_parameters", new ParametersType())
            .orElse(Map.of())
            .acts(g -> g.servers().startupParameters(), "PostgreSQL parameters sent when a server is connected.");
    public static final Setting<GeneralConfig, Integer> MAX_CONCURRENT_CREATES = S.hot(
                    "max_concurrent_creates", integer(1, 10_000))
            .orElse(4)
            .acts(
                    g -> g.servers().creates().maxConcurrentCreates(),
                    "Most servers of one pool connecting at once; the smaller of this and"
                            + " scaling_max_parallel_creates holds.");
    public static final Setting<GeneralConfig, Integer> SCALING_MAX_PARALLEL_CREATES = S.hot(
                    "scaling_max_parallel_creates", integer(1, 10_000))
            .orElse(2)
            .acts(
                    g -> g.servers().creates().maxParallelCreates(),
                    "Most servers of one pool connecting at once; the smaller of this and max_concurrent_creates"
                            + " holds.");
    public static final Setting<GeneralConfig, Integer> SCALING_WARM_POOL_RATIO = S.hot(
                    "scaling_warm_pool_ratio", integer(0, 100))
            .orElse(20)
            .acts(
                    g -> g.servers().scaling().warmPoolRatio(),
                    "Fill in percent below which a client that finds no idle server gets a new one at once; above it,"
                            + " it waits a moment for one to come back (see scaling_fast_retries).");
    public static final Setting<GeneralConfig, Integer> SCALING_FAST_RETRIES = S.hot(
                    "scaling_fast_retries", integer(0, Integer.MAX_VALUE))
            .orElse(10)
            .acts(
                    g -> g.servers().scaling().fastRetries(),
                    "How long a client waits for a server to come back before one more is connected, in fifths of the"
                            + " 99th percentile of recent leases or of the time of a connect, whichever is shorter;"
                            + " 5 to 500 ms, at most half of query_wait_timeout. 0 = connects at once. Where for"
                            + " seconds on end one in sixteen has to wait, servers are added all the same, a few"
                            + " each second up to pool_size. PgDoorman spins so many times instead; 10 is what it waits"
                            + " after that.");
    public static final Setting<GeneralConfig, Boolean> PREPARED_STATEMENTS = S.hot("prepared_statements", bool())
            .orElse(true)
            .acts(g -> g.relay().prepare().isEnabled(), "Keeps named prepared statements usable in transaction mode.");
    public static final Setting<GeneralConfig, Integer> PREPARED_STATEMENTS_CACHE_SIZE = S.hot(
                    "prepared_statements_cache_size", integer(0, Integer.MAX_VALUE))
            .orElse(8192)
            .acts(g -> g.relay().prepare().poolCacheSize(), "Statements remembered per pool.");
    public static final Setting<GeneralConfig, Integer> SERVER_PREPARED_STATEMENTS_CACHE_SIZE = S.hot(
                    "server_prepared_statements_cache_size", integer(0, Integer.MAX_VALUE))
            .inherits("prepared_statements_cache_size")
            .acts(g -> g.relay().prepare().serverCacheSize(), "Statements kept prepared on one server.");
    public static final Setting<GeneralConfig, String> ADMIN_USERNAME = S.hot("admin_username", text())
            .orElse("admin")
            .acts(g -> g.access().adminUsername(), "User of the admin console and of the control endpoint.");
    public static final Setting<GeneralConfig, Secret> ADMIN_PASSWORD = S.hot("admin_password", new SecretType(false))
            .required()
            .acts(g -> g.access().adminPassword(), "Password of that user, as plain text or by reference.");
    public static final Setting<GeneralConfig, String> STATS_USERNAME = S.hot("stats_username", text())
            .acts(
                    g -> g.access()
                            .stats()
                            .map(AccessConfig.StatsLogin::username)
                            .orElse(null),
                    "User who may look at the admin console (SHOW) and change nothing; needs stats_password.");
    public static final Setting<GeneralConfig, Secret> STATS_PASSWORD = S.hot("stats_password", new SecretType(false))
            .acts(
                    g -> g.access()
                            .stats()
                            .map(AccessConfig.StatsLogin::password)
                            .orElse(null),
                    "Password of that user, as plain text or by reference.");
    public static final Setting<GeneralConfig, List<Cidr>> HBA = S.hot("hba", new ListType<>(cidr()))
            .inherits("everybody")
            .acts(
                    g -> g.access().hba() instanceof HbaSource.Networks(var networks) ? networks : null,
                    "Networks that may log in, the older form; not together with pg_hba.");
    public static final Setting<GeneralConfig, HbaSource> PG_HBA = S.hot("pg_hba", new HbaType())
            .inherits("everybody")
            .acts(
                    g -> switch (g.access().hba()) {
                        case HbaSource.None _, HbaSource.Networks _ -> null;
                        case HbaSource.Rules rules -> rules;
                        case HbaSource.RulesFile file -> file;
                    },
                    "Rules of pg_hba.conf that decide who may log in; a relative path starts at this file's folder.");
    public static final Setting<GeneralConfig, HbaSource> PG_IDENT = S.hot("pg_ident", new HbaType())
            .inherits("no maps")
            .acts(
                    g -> g.access().ident() instanceof HbaSource.None
                            ? null
                            : g.access().ident(),
                    "User-name maps in the grammar of pg_ident.conf, for rules with map=.");
    public static final Setting<GeneralConfig, Map<String, List<String>>> HBA_ROLES = S.hot(
                    "hba_roles", new MembersType())
            .orElse(Map.of())
            .acts(
                    g -> g.access().roles(),
                    "Members of the roles that pg_hba names as +role or means by samerole; a member may be a role.");
    public static final Setting<GeneralConfig, Path> LDAP_TLS_CA_CERT = S.hot("ldap_tls_ca_cert", path())
            .inherits("the authorities that Java trusts")
            .acts(
                    g -> g.access().directoryAuthorities().orElse(null),
                    "Authorities of the certificates of directories (PEM), for the method ldap with ldaps or ldaptls;"
                            + " the certificate has to carry the name of ldapserver. Read at each login.");
    public static final Setting<GeneralConfig, Path> KRB_SERVER_KEYFILE = S.hot("krb_server_keyfile", path())
            .inherits("/etc/krb5.keytab")
            .acts(
                    g -> g.access().keytab().orElse(null),
                    "The keytab of the services whose tickets the method gss believes. Read anew when it changes.");

    /// Last in the reference.
    public static final PatroniSettings<GeneralConfig> PATRONI;

    static {
        S.hot("client_anonymous_prepared_cache_size", integer(0, Integer.MAX_VALUE))
                .oldName("client_prepared_statements_cache_size")
                .inherits("prepared_statements_cache_size")
                .noEffect("Unnamed statements remembered per client; each has one here, as in PostgreSQL.");
        S.hot("message_size_to_be_stream", size())
                .orElse(new ByteSize(1 << 20))
                .noEffect("Size from which messages are streamed; messages of any size and direction are streamed"
                        + " here, and take no more memory than socket buffers.");
        S.hot("proxy_copy_data_timeout", duration(TICK))
                .orElse(Duration.ofSeconds(15))
                .noEffect("Limit for relaying one large message; here the slower side sets the pace of the other, and"
                        + " a slow reader is no error.");
        S.hot("query_interner_gc_interval_seconds", Types.seconds(1, 86_400))
                .orElse(Duration.ofSeconds(60))
                .noEffect("Collector period of query texts; they are counted and dropped with their last user here.");
        S.hot("query_interner_anon_idle_ttl_seconds", Types.seconds(0, 86_400))
                .orElse(Duration.ofSeconds(60))
                .noEffect("Time to keep unnamed query texts; they are dropped with their last user here.");
        LoginSettings.enlist();
        UpkeepSettings.enlist();
        DnsSettings.load();
        ClientTlsSettings.enlist();
        PATRONI = new PatroniSettings<>(S, g -> g.servers().patroni(), Heir.NOBODYS);
    }

    private GeneralSettings() {}
}
