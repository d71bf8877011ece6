package io.pgdoorman.config.read;

import io.pgdoorman.config.ClientTls;
import io.pgdoorman.config.Secret;
import io.pgdoorman.config.UserConfig;
import io.pgdoorman.config.catalogue.ClientTlsSettings;
import io.pgdoorman.config.catalogue.ListenSettings;
import io.pgdoorman.config.catalogue.Setting;
import io.pgdoorman.config.catalogue.TalosSettings;
import io.pgdoorman.config.catalogue.TokenIssuerSettings;
import io.pgdoorman.config.catalogue.UserSettings;
import io.pgdoorman.config.catalogue.Values;
import io.pgdoorman.config.tree.Problems;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Set;

/// What must hold for those who issue tokens.
final class TokenRules {
    private static final Set<String> THIS_MACHINE = Set.of("localhost", "127.0.0.1", "[::1]");

    private final Problems problems;

    TokenRules(Problems problems) {
        this.problems = problems;
    }

    /// PgDoorman asks for tokens and passwords of PAM in clear anywhere; here nobody would be asked without TLS.
    void askedInClear(Draft draft) {
        var general = draft.general();
        boolean isPossible = general.isWritten(ClientTlsSettings.CERTIFICATE)
                || general.isWritten(ListenSettings.UNIX_SOCKET_DIR)
                || general.find(ClientTlsSettings.CLEARTEXT)
                        .filter(where -> where != ClientTls.Cleartext.TLS)
                        .isPresent();
        if (isPossible) {
            return;
        }
        var why = "is asked for in clear, which is possible under TLS only: expected tls_certificate, or"
                + " cleartext_passwords";
        for (var pool : draft.pools().values()) {
            for (var user : pool.users()) {
                if (user.find(UserSettings.PASSWORD).orElse(null) instanceof Secret.Inline(var text)
                        && text.startsWith(UserConfig.TOKEN_KEY_FILE)) {
                    problems.warn(user.place(UserSettings.PASSWORD), "the token " + why);
                }
                if (user.isWritten(UserSettings.PAM_SERVICE)) {
                    problems.warn(user.place(UserSettings.PAM_SERVICE), "the password " + why);
                }
            }
        }
        if (draft.tokens()
                .talos()
                .find(TalosSettings.KEYS)
                .filter(list -> !list.isEmpty())
                .isPresent()) {
            problems.warn(draft.tokens().talos().place(TalosSettings.KEYS), "the token " + why);
        }
    }

    void check(Draft.Tokens tokens) {
        tokens.issuers().values().forEach(this::issuer);
        var talos = tokens.talos();
        boolean keys =
                talos.find(TalosSettings.KEYS).filter(list -> !list.isEmpty()).isPresent();
        boolean databases = talos.find(TalosSettings.DATABASES)
                .filter(list -> !list.isEmpty())
                .isPresent();
        if (keys != databases) {
            var there = keys ? TalosSettings.KEYS : TalosSettings.DATABASES;
            problems.refuse(
                    talos.place(there),
                    "stands without " + (keys ? TalosSettings.DATABASES : TalosSettings.KEYS)
                            + ": expected both or none");
        }
    }

    private void issuer(Values issuer) {
        boolean file = issuer.isWritten(TokenIssuerSettings.KEYS_FILE);
        boolean url = issuer.isWritten(TokenIssuerSettings.KEYS_URL);
        if (file == url) {
            problems.refuse(
                    issuer.place(TokenIssuerSettings.KEYS_FILE),
                    (file ? "stands beside keys_url" : "missing, as is keys_url") + ": expected one of the two");
        }
        issuer.find(TokenIssuerSettings.KEYS_URL).ifPresent(text -> url(issuer, text));
        for (var setting : List.<Setting<?, ?>>of(TokenIssuerSettings.KEYS_CA, TokenIssuerSettings.KEYS_TOKEN)) {
            if (issuer.isWritten(setting) && !url) {
                problems.refuse(issuer.place(setting), "stands without keys_url: expected both");
            }
        }
        notEmpty(issuer, TokenIssuerSettings.AUDIENCE);
        notEmpty(issuer, TokenIssuerSettings.SIGNATURES);
        boolean workloads = issuer.find(TokenIssuerSettings.SERVICE_ACCOUNTS)
                .filter(list -> !list.isEmpty())
                .isPresent();
        if (workloads && issuer.isWritten(TokenIssuerSettings.ROLE_CLAIM)) {
            problems.refuse(
                    issuer.place(TokenIssuerSettings.ROLE_CLAIM),
                    "stands beside service_accounts: expected one of the two");
        }
    }

    private void notEmpty(Values issuer, Setting<?, List<String>> setting) {
        if (issuer.find(setting).filter(List::isEmpty).isPresent()) {
            problems.refuse(issuer.place(setting), "is empty: expected at least one");
        }
    }

    /// Keys that come in clear could be anybody's.
    private void url(Values issuer, String text) {
        try {
            var url = new URI(text);
            if (url.getHost() == null || url.getUserInfo() != null) {
                problems.refuse(
                        issuer.place(TokenIssuerSettings.KEYS_URL),
                        "expected a URL with a host and without a password");
            } else if (text.startsWith("http:") && !THIS_MACHINE.contains(url.getHost())) {
                problems.refuse(
                        issuer.place(TokenIssuerSettings.KEYS_URL), "keys come in clear: expected a URL with https://");
            }
        } catch (URISyntaxException e) {
            problems.refuse(issuer.place(TokenIssuerSettings.KEYS_URL), "is no URL: " + e.getReason());
        }
    }
}
