package io.pgdoorman.config.catalogue;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.config.change.ConfigChange;
import io.pgdoorman.config.change.ConfigDiff;
import io.pgdoorman.config.read.ConfigReader;
import io.pgdoorman.config.read.Format;
import io.pgdoorman.config.read.ReadResult;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Each setting that acts reaches the record component that its accessor reads, and no other.
class WiringTest {

    /// Values that differ from the defaults; what is not named here gets one by its type.
    private static final Map<String, String> OTHER = Map.ofEntries(
            Map.entry("pool_mode", "session"),
            Map.entry("server_tls_mode", "verify-full"),
            Map.entry("unix_socket_dir", "/run/other"),
            Map.entry("unix_socket_mode", "'0660'"),
            Map.entry("hba_roles", "{team: [app]}"),
            Map.entry("admin_password", "other"),
            Map.entry("metrics_token", "{env: OTHER}"),
            Map.entry("password", "{env: OTHER}"),
            Map.entry("stats_password", "other"),
            Map.entry("hba", "['10.0.0.0/8']"),
            Map.entry("pg_hba", "'host all all 0.0.0.0/0 trust'"),
            Map.entry("startup_parameters", "{work_mem: '8MB'}"),
            Map.entry("server_password", "{file: /run/secrets/other}\n        server_username: app"),
            Map.entry("login_failures_exempt", "['10.0.0.0/8']"),
            Map.entry("dns_servers", "['127.0.0.53:5353']"),
            Map.entry("read_only_pool", "replicas"),
            Map.entry("shutdown_spread", "7s"),
            Map.entry("shutdown_boundary", "session"),
            Map.entry("shutdown_on_timeout", "wait"),
            Map.entry("pin_on", "['temp-tables']"),
            Map.entry("pg_ident", "'people /^(.*)$ app'"),
            Map.entry("tls_min_version", "'1.3'"),
            Map.entry("query", "'select $1, 2'"),
            Map.entry("auth_query.server_password", "other"),
            Map.entry("previous_password_until", "'2027-01-31T12:00:00Z'"),
            Map.entry("audience", "[other]"),
            Map.entry("algorithms", "[EdDSA]"),
            Map.entry("service_accounts", "[{namespace: orders, name: '*', user: app}]"),
            Map.entry("patroni_api_urls", "['http://other.example:8008']"),
            Map.entry("keys", "[/other.pem]"),
            Map.entry("databases", "[other]"),
            Map.entry("tls_ciphers", "['TLS_AES_128_GCM_SHA256']"));

    @Test
    void everySettingThatActsShowsUpAloneInHashAndDiff() {
        assertWired(GeneralSettings.S, "general.", """
            general:
              admin_password: x
              stats_username: watcher
              stats_password: x
              tls_certificate: a
              tls_private_key: b
              tls_ca_cert: c
              server_tls_mode: verify-ca
              server_tls_ca_cert: c
              server_tls_certificate: a
              server_tls_private_key: b
              %s
            pools: {shop: {}}
            """);
        assertWired(WebSettings.S, "web.", """
            general: {admin_password: x}
            web:
              tls_certificate: a
              tls_private_key: b
              %s
            pools: {shop: {}}
            """);
        assertWired(PoolSettings.S, "pools.shop.", """
            general: {admin_password: x}
            pools:
              replicas: {}
              shop:
                application_name: y
                server_tls_mode: verify-ca
                server_tls_ca_cert: c
                server_tls_certificate: a
                server_tls_private_key: b
                %s
            """);
        assertWired(TokenIssuerSettings.S, "token_issuers.idp.", """
            general: {admin_password: x}
            token_issuers:
              idp:
                keys_url: https://idp.example/jwks
                audience: [x]
                %s
            pools: {shop: {}}
            """);
        assertWired(TalosSettings.S, "talos.", """
            general: {admin_password: x}
            talos:
              keys: [/key.pem]
              databases: [x]
              %s
            pools: {shop: {}}
            """);
        assertWired(AuthQuerySettings.S, "pools.shop.auth_query.", """
            general: {admin_password: x}
            pools:
              shop:
                auth_query:
                  query: select $1
                  user: x
                  server_user: x
                  %s
            """);
        assertWired(UserSettings.S, "pools.shop.users[app].", """
            general: {admin_password: x}
            pools:
              shop:
                users:
                  - username: app
                    password: x
                    pool_size: 40
                    previous_password: x
                    %s
            """);
    }

    private static <R> void assertWired(Section<R> section, String path, String template) {
        var base = valid(template.formatted(""));
        for (var setting : section.settings()) {
            // a name is another user, and keys in a file exclude those of a URL
            if (!(setting.support() instanceof Support.Acts)
                    || setting.equals(UserSettings.USERNAME)
                    || setting.equals(TokenIssuerSettings.KEYS_FILE)) {
                continue;
            }
            // given
            var text = template.replaceAll("(?m)^ *" + setting.name() + ": .*\n", "")
                    .replaceAll("\\{" + setting.name() + ": x\\}", "{}")
                    .formatted(setting.name() + ": " + other(path, setting));

            // when
            var changed = valid(text);

            // then
            assertThat(changed.hash()).as(setting.name()).isNotEqualTo(base.hash());
            assertThat(ConfigDiff.between(base.config(), changed.config()).changes())
                    .as(setting.name())
                    .filteredOn(change -> !inheritors(setting).contains(change.path()))
                    .singleElement()
                    .satisfies(change -> {
                        assertThat(change.path()).isEqualTo(path + setting.name());
                        assertThat(change.changeClass()).isEqualTo(setting.changeClass());
                        assertThat(change).isInstanceOf(ConfigChange.SettingChanged.class);
                    });
        }
    }

    /// Cache sizes follow each other, and pools merge parameters.
    private static List<String> inheritors(Setting<?, ?> setting) {
        if (setting.equals(GeneralSettings.PREPARED_STATEMENTS_CACHE_SIZE)) {
            return List.of(
                    "general.server_prepared_statements_cache_size", "general.client_anonymous_prepared_cache_size");
        }
        return setting.equals(GeneralSettings.STARTUP_PARAMETERS)
                ? List.of("pools.shop.startup_parameters")
                : List.of();
    }

    private static <T> String other(String path, Setting<?, T> setting) {
        var table = path.substring(path.lastIndexOf('.', path.length() - 2) + 1);
        var named = OTHER.getOrDefault(table + setting.name(), OTHER.get(setting.name()));
        if (named != null) {
            return named;
        }
        var expected = setting.type().expected();
        if (expected.startsWith("an integer")) {
            return "7";
        }
        if (expected.startsWith("a duration") || expected.startsWith("seconds")) {
            return "77s";
        }
        if (expected.startsWith("a size")) {
            return "777KB";
        }
        if (expected.startsWith("a URL")) {
            return "https://other.example/jwks";
        }
        if (expected.equals("true or false")) {
            var isTrue = setting.presence() instanceof Presence.Default<T>(var value) && value.equals(true);
            return isTrue ? "false" : "true";
        }
        if (expected.contains(" or ") && setting.presence() instanceof Presence.Default<T>(var value)) {
            var usual = setting.type().shown(value);
            return Arrays.stream(expected.split(" or "))
                    .filter(choice -> !choice.equals(usual) && choice.matches("[a-z-]+"))
                    .findFirst()
                    .orElse("other");
        }
        return "other";
    }

    private static ReadResult.Valid valid(String text) {
        var result = ConfigReader.parse(text, Format.YAML, "doorman.yaml");
        assertThat(result).as(text + result).isInstanceOf(ReadResult.Valid.class);
        return (ReadResult.Valid) result;
    }
}
