package io.pgdoorman.config.catalogue;

import static io.pgdoorman.config.catalogue.Types.bool;
import static io.pgdoorman.config.catalogue.Types.duration;
import static io.pgdoorman.config.catalogue.Types.path;
import static io.pgdoorman.config.catalogue.Types.text;
import static io.pgdoorman.config.catalogue.Types.url;

import io.pgdoorman.config.TokenIssuerConfig;
import io.pgdoorman.config.TokenIssuerConfig.ServiceAccountRule;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/// `token_issuers.<name>`.
public final class TokenIssuerSettings {
    private static final Set<String> ALGORITHMS = Set.of("RS256", "ES256", "EdDSA");

    public static final Section<TokenIssuerConfig> S = new Section<>(
            "token_issuers.<name>",
            "Whose tokens let clients in where pg_hba says `jwt issuer=<name>` (the option may be left out where there"
                + " is one issuer only), and the token (JWT) is sent as the password; or `oauth issuer=<its claim iss>"
                + " scope=<scope>` (`validator=<name>` if several have it), and it is sent by OAUTHBEARER.");

    public static final Setting<TokenIssuerConfig, Path> KEYS_FILE = S.hot("keys_file", path())
            .acts(
                    t -> t.keys().file().orElse(null),
                    "Public keys of the issuer: PEM, or a JSON Web Key Set; read anew when the file changes.");
    public static final Setting<TokenIssuerConfig, String> KEYS_URL = S.hot("keys_url", url())
            .acts(
                    t -> t.keys().url().orElse(null),
                    "Where the issuer has its JSON Web Key Set, instead of a file; https, or http on this machine."
                            + " While it does not answer, keys of the last day stay in use.");
    public static final Setting<TokenIssuerConfig, Path> KEYS_CA = S.hot("keys_ca", path())
            .inherits("the authorities that Java trusts")
            .acts(
                    t -> t.keys().authorities().orElse(null),
                    "Authorities of that URL's certificate (PEM); read at each fetch.");
    public static final Setting<TokenIssuerConfig, Path> KEYS_TOKEN = S.hot("keys_token_file", path())
            .acts(
                    t -> t.keys().token().orElse(null),
                    "A file with a bearer token for that URL, read at each fetch: in Kubernetes that of the pod.");
    public static final Setting<TokenIssuerConfig, Duration> KEYS_REFRESH = S.hot(
                    "keys_refresh", duration(Duration.ofSeconds(10)))
            .orElse(Duration.ofMinutes(15))
            .acts(
                    t -> t.keys().refresh(),
                    "Age of keys of a URL after which they are asked for again; an unknown key in a token is asked for"
                            + " at once, at most every 10 seconds.");
    public static final Setting<TokenIssuerConfig, String> ISSUER = S.hot("issuer", text())
            .inherits("any")
            .acts(t -> t.demands().issuer().orElse(null), "What the claim iss has to be.");
    public static final Setting<TokenIssuerConfig, List<String>> AUDIENCE = S.hot("audience", new ListType<>(text()))
            .required()
            .acts(
                    t -> t.demands().audience(),
                    "Names of which the claim aud has to have one, so that a token for another service is worth"
                            + " nothing here.");
    public static final Setting<TokenIssuerConfig, List<String>> SIGNATURES = S.hot(
                    "algorithms", new ListType<>(text("RS256, ES256 or EdDSA", ALGORITHMS::contains)))
            .orElse(List.of("RS256", "ES256", "EdDSA"))
            .acts(t -> t.demands().algorithms(), "Signatures that count, each with keys of its own kind only.");
    public static final Setting<TokenIssuerConfig, Duration> LEEWAY = S.hot("leeway", duration(Duration.ZERO))
            .orElse(Duration.ofSeconds(30))
            .acts(t -> t.demands().leeway(), "By which clocks may differ: for the claims exp and nbf.");
    public static final Setting<TokenIssuerConfig, String> USER_CLAIM = S.hot("user_claim", text())
            .orElse("preferred_username")
            .acts(
                    t -> t.bearers().userClaim(),
                    "Claim that has to be the user of the login, or one that `map=` in pg_hba leads to it; dots lead"
                            + " into nested claims.");
    public static final Setting<TokenIssuerConfig, String> ROLE_CLAIM = S.hot("role_claim", text())
            .acts(
                    t -> t.bearers().roleClaim().orElse(null),
                    "Claim with a list of which one has to be the user of the login, instead of user_claim, which then"
                            + " only names the person in the log; such as realm_access.roles.");
    public static final Setting<TokenIssuerConfig, List<ServiceAccountRule>> SERVICE_ACCOUNTS = S.hot(
                    "service_accounts", new ListType<>(new ServiceAccountType()))
            .orElse(List.of())
            .acts(
                    t -> t.bearers().serviceAccounts(),
                    "ServiceAccounts of Kubernetes whose tokens let in, instead of claims: each with namespace, name"
                            + " (`*` for all), user, and database (`*`, the default, for all).");
    public static final Setting<TokenIssuerConfig, Boolean> ENDS_SESSIONS = S.hot("ends_sessions", bool())
            .orElse(false)
            .acts(
                    t -> t.bearers().endsSessions(),
                    "Whether a session ends when its token does, at the next transaction boundary; else a token is"
                            + " looked at once, as in PgDoorman and PostgreSQL.");

    private TokenIssuerSettings() {}
}
