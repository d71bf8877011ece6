package io.pgdoorman.config.catalogue;

import static io.pgdoorman.config.catalogue.Types.choice;
import static io.pgdoorman.config.catalogue.Types.duration;
import static io.pgdoorman.config.catalogue.Types.instant;
import static io.pgdoorman.config.catalogue.Types.integer;
import static io.pgdoorman.config.catalogue.Types.text;

import io.pgdoorman.config.PoolMode;
import io.pgdoorman.config.Secret;
import io.pgdoorman.config.UserConfig;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// `pools.<name>.users[]`.
public final class UserSettings {

    public static final Section<UserConfig> S =
            new Section<>("pools.<name>.users[]", "A user who may log in to the pool; each has its own servers.");

    public static final Setting<UserConfig, String> USERNAME = S.hot("username", text())
            .required()
            .acts(UserConfig::username, "Name the client logs in with, unique in the pool.");
    public static final Setting<UserConfig, Secret> PASSWORD = S.hot("password", new SecretType(true))
            .required()
            .acts(
                    UserConfig::password,
                    "What the client proves: an md5 hash, a SCRAM-SHA-256 verifier, plain text, empty (usable with"
                        + " trust only), or jwt-pkey-fpath: and the path of a public key (PEM): then a token of that"
                        + " key (JWT) with preferred_username = username.");
    public static final Setting<UserConfig, Secret> PREVIOUS_PASSWORD = S.hot("previous_password", new SecretType(true))
            .inherits("none")
            .acts(
                    u -> u.previous().map(UserConfig.Previous::password).orElse(null),
                    "Password that lets clients in beside password, so that both count while it is changed; plain, or"
                        + " in the form of password (SCRAM verifiers need one salt), or empty for none. SHOW PASSWORDS"
                        + " counts who still uses it. A plain one is tried on PostgreSQL where that refuses password"
                        + " and there is no server_password. An extension.");
    public static final Setting<UserConfig, Instant> PREVIOUS_UNTIL = S.hot("previous_password_until", instant())
            .inherits("as long as it stands here")
            .acts(
                    u -> u.previous().flatMap(UserConfig.Previous::until).orElse(null),
                    "When previous_password stops to count. An extension.");
    public static final Setting<UserConfig, Integer> POOL_SIZE = S.hot("pool_size", integer(1, 100_000))
            .required()
            .acts(u -> u.size().max(), "Most servers of this user.");
    public static final Setting<UserConfig, Integer> MIN_POOL_SIZE = S.hot("min_pool_size", integer(0, 100_000))
            .orElse(0)
            .acts(u -> u.size().min(), "Servers connected at start and kept, at most pool_size.");
    public static final Setting<UserConfig, PoolMode> POOL_MODE = S.hot("pool_mode", choice(List.of(PoolMode.values())))
            .inherits("the pool's pool_mode")
            .acts(UserConfig::mode, "As in the pool, for this user.");
    public static final Setting<UserConfig, Duration> SERVER_LIFETIME = S.hot(
                    "server_lifetime", duration(Duration.ZERO))
            .inherits("the pool's server_lifetime")
            .acts(UserConfig::serverLifetime, "As in the pool, for this user.");
    public static final Setting<UserConfig, String> SERVER_USERNAME = S.hot("server_username", text())
            .inherits("username")
            .acts(u -> u.serverLogin().username(), "Role on PostgreSQL.");
    public static final Setting<UserConfig, Secret> SERVER_PASSWORD = S.hot("server_password", new SecretType(true))
            .inherits("what the client proved")
            .acts(
                    u -> u.serverLogin().password(),
                    "Plain password of that role, or jwt-priv-key-fpath: and the path of a private key (PEM; RSA, or"
                            + " EC with P-256): where PostgreSQL asks for a password it gets a token of that key, with"
                            + " preferred_username and good for two minutes. Needs server_username.");

    public static final TimeoutSettings<UserConfig> TIMEOUTS =
            new TimeoutSettings<>(S, u -> u.clients().timeouts(), Heir.USER);
    public static final Setting<UserConfig, Integer> MAX_USER_CLIENT_CONNECTIONS =
            CapSettings.perUser(S, u -> u.clients().caps(), Heir.USER);
    public static final Setting<UserConfig, String> PAM_SERVICE = S.hot("auth_pam_service", text())
            .acts(
                    u -> u.pamService().orElse(null),
                    "Service of this machine's PAM that checks the password of the client (asked for in clear),"
                            + " whatever password says here; the method pam of pg_hba does it for rules.");

    private UserSettings() {}
}
