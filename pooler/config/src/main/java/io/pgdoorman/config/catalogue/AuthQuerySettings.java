package io.pgdoorman.config.catalogue;

import static io.pgdoorman.config.catalogue.Types.duration;
import static io.pgdoorman.config.catalogue.Types.integer;
import static io.pgdoorman.config.catalogue.Types.text;

import io.pgdoorman.config.AuthQueryConfig;
import io.pgdoorman.config.Secret;
import java.time.Duration;

/// `pools.<name>.auth_query`.
public final class AuthQuerySettings {
    public static final Section<AuthQueryConfig> S = new Section<>(
            "pools.<name>.auth_query",
            "Users who are not in the pool's list: PostgreSQL is asked what they have to prove. Without server_user"
                + " each has servers of its own, for which the proof is passed on, and which end when they are idle.");

    public static final Setting<AuthQueryConfig, String> QUERY = S.hot(
                    "query", text("a query with $1", text -> text.contains("$1")))
            .required()
            .acts(
                    AuthQueryConfig::query,
                    "Query with the user as $1; no row: there is none; one row with the md5 hash, SCRAM verifier or"
                            + " password in column passwd, or password, or the only one. NULL or empty is as no row. A"
                            + " column startup_parameters (a JSON object of texts) is laid over the pool's.");
    public static final Setting<AuthQueryConfig, String> USER = S.hot("user", text())
            .required()
            .acts(q -> q.asker().user(), "Role that asks; needs no more than EXECUTE on a SECURITY DEFINER function.");
    public static final Setting<AuthQueryConfig, Secret> PASSWORD = S.hot("password", new SecretType(true))
            .inherits("none")
            .acts(q -> q.asker().password(), "Its plain password.");
    public static final Setting<AuthQueryConfig, String> DATABASE = S.hot("database", text())
            .inherits("the pool's name")
            .acts(q -> q.asker().database(), "Database that is asked, on the pool's hosts.");
    public static final Setting<AuthQueryConfig, Integer> WORKERS = S.hot("workers", integer(1, 1000))
            .orElse(2)
            .acts(q -> q.asker().workers(), "Most connections that ask; opened when needed, and again when lost.");
    public static final Setting<AuthQueryConfig, String> SERVER_USER = S.hot("server_user", text())
            .inherits("the user that was found")
            .acts(
                    q -> q.shared().map(AuthQueryConfig.Shared::user).orElse(null),
                    "One role on PostgreSQL for all these users, who then share its servers.");
    public static final Setting<AuthQueryConfig, Secret> SERVER_PASSWORD = S.hot(
                    "server_password", new SecretType(true))
            .inherits("none")
            .acts(
                    q -> q.shared().map(AuthQueryConfig.Shared::password).orElse(null),
                    "Plain password of that role; needs server_user.");
    public static final Setting<AuthQueryConfig, Integer> POOL_SIZE = S.hot("pool_size", integer(1, 100_000))
            .orElse(40)
            .acts(q -> q.size().max(), "Most servers of each such user, or of server_user.");
    public static final Setting<AuthQueryConfig, Integer> MIN_POOL_SIZE = S.hot("min_pool_size", integer(0, 100_000))
            .orElse(0)
            .acts(
                    q -> q.size().min(),
                    "Servers kept for each such user from the first login on: then its pool never ends by being idle."
                            + " No effect beside server_user.");
    public static final Setting<AuthQueryConfig, Duration> CACHE_TTL = S.hot("cache_ttl", duration(Duration.ZERO))
            .orElse(Duration.ofHours(1))
            .acts(
                    q -> q.memory().found(),
                    "Time that a found user counts while PostgreSQL cannot be asked; otherwise it is asked for again"
                            + " after min_interval.");
    public static final Setting<AuthQueryConfig, Duration> CACHE_FAILURE_TTL = S.hot(
                    "cache_failure_ttl", duration(Duration.ZERO))
            .orElse(Duration.ofSeconds(30))
            .acts(q -> q.memory().missed(), "The same for a user that was not found.");
    public static final Setting<AuthQueryConfig, Duration> MIN_INTERVAL = S.hot("min_interval", duration(Duration.ZERO))
            .orElse(Duration.ofSeconds(1))
            .acts(
                    q -> q.memory().minInterval(),
                    "Shortest time between two questions for one user. A login after it asks again while the client"
                            + " proves who it is, so that ALTER ROLE needs no reload and a role that is gone is"
                            + " refused; so long an old password lets in.");
    public static final Setting<AuthQueryConfig, Integer> MAX_USERS = S.hot("max_users", integer(1, 1_000_000))
            .orElse(10_000)
            .acts(
                    q -> q.memory().mostUsers(),
                    "Users of this kind who may have pools at once; so many found ones are remembered, and as many that"
                            + " were not found. An extension.");

    private AuthQuerySettings() {}
}
