package io.pgdoorman.config.catalogue;

import static io.pgdoorman.config.catalogue.Types.bool;
import static io.pgdoorman.config.catalogue.Types.cidr;
import static io.pgdoorman.config.catalogue.Types.integer;
import static io.pgdoorman.config.catalogue.Types.path;
import static io.pgdoorman.config.catalogue.Types.text;
import static io.pgdoorman.config.catalogue.Types.url;

import io.pgdoorman.config.Secret;
import io.pgdoorman.config.WebConfig;
import java.nio.file.Path;
import java.util.List;

/// `web`.
public final class WebSettings {

    public static final Section<WebConfig> S =
            new Section<>("web", "The HTTP listener of metrics, probes and control; older files call it `prometheus`.");

    public static final Setting<WebConfig, Boolean> ENABLED =
            S.boot("enabled", bool()).orElse(false).acts(WebConfig::isEnabled, "Starts the listener.");
    public static final Setting<WebConfig, String> HOST =
            S.boot("host", text()).orElse("0.0.0.0").acts(WebConfig::host, "Its listen address.");
    public static final Setting<WebConfig, Integer> PORT = S.boot("port", integer(0, 65_535))
            .orElse(9127)
            .acts(WebConfig::port, "Its port; 0 lets the system choose a free one.");

    public static final Setting<WebConfig, Path> CERTIFICATE = S.hot("tls_certificate", path())
            .acts(
                    w -> w.tls().files().certificate().orElse(null),
                    "Certificate of this port (PEM): with it and its key everything here is spoken in TLS; read anew"
                            + " when it changes. The operator speaks HTTP, so that its pods have none. An extension.");
    public static final Setting<WebConfig, Path> PRIVATE_KEY = S.hot("tls_private_key", path())
            .acts(w -> w.tls().files().key().orElse(null), "Private key of that certificate (PEM).");
    public static final Setting<WebConfig, Secret> METRICS_TOKEN = S.hot("metrics_token", new SecretType(false))
            .acts(
                    w -> w.metricsToken().orElse(null),
                    "What a scraper of /metrics has to send as `Authorization: Bearer`; the login of the admin is good"
                            + " as well. Without it everybody may read metrics, as in PgDoorman. An extension.");

    static {
        S.hot("ui", bool()).orElse(false).notYet("Serves the console in the browser.");
        S.hot("ui_anonymous", bool()).orElse(false).notYet("Read-only API without login.");
        S.hot("log_tap_max_entries", integer(0, Integer.MAX_VALUE))
                .orElse(8192)
                .notYet("Log lines kept for the console.");
        S.hot("sso_enabled", bool()).orElse(false).notYet("Accepts tokens of a sign-on proxy.");
        S.hot("sso_proxy_url", url()).notYet("Where the console sends the browser to sign in.");
        S.hot("sso_public_key_file", text()).notYet("Key that signs the tokens (PEM).");
        S.hot("sso_audience", new ListType<>(text())).orElse(List.of()).notYet("Audiences, one must match.");
        S.hot("sso_allowed_users", new ListType<>(text())).orElse(List.of("*")).notYet("Users who may come in.");
        S.hot("trusted_proxies", new ListType<>(cidr()))
                .orElse(List.of())
                .notYet("Networks whose forwarded-for header is believed.");
        S.hot("sso_groups_claim", text()).orElse("groups").notYet("Claim with the names of groups.");
        S.hot("sso_admin_groups", new ListType<>(text())).orElse(List.of()).notYet("Groups of administrators.");
        S.hot("sso_require_https", bool()).orElse(false).notYet("Accepts tokens over https only.");
    }

    private WebSettings() {}
}
