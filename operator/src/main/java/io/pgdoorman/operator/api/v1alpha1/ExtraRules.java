package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.databind.JsonNode;
import io.pgdoorman.config.ChangeClass;
import io.pgdoorman.config.catalogue.GeneralSettings;
import io.pgdoorman.config.catalogue.PoolSettings;
import io.pgdoorman.config.catalogue.Section;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;

/// What [SpecRules] knows of `extraConfig`: keys of the pooler's own file, but for those that the operator writes and
/// those that a running pooler cannot take.
final class ExtraRules {

    private static final int MOST_KEYS = 64;

    private static final Set<String> OWN_GENERAL = Set.of(
            "max_connections",
            "query_wait_timeout",
            "read_only_port",
            "shutdown_timeout",
            "shutdown_spread",
            "shutdown_boundary",
            "shutdown_on_timeout",
            "admin_username",
            "admin_password",
            "stats_username",
            "stats_password",
            "hba",
            "pg_hba",
            "pg_ident",
            "hba_roles",
            "ldap_tls_ca_cert",
            "krb_server_keyfile",
            "max_memory_usage",
            "watch_files");

    /// The reserve is above the cap of a database, and so above a budget.
    private static final Set<String> OWN_POOL = Set.of(
            "server_host",
            "server_port",
            "server_database",
            "read_only_pool",
            "target_session_attrs",
            "pool_mode",
            "query_wait_timeout",
            "max_db_connections",
            "min_guaranteed_pool_size",
            "reserve_pool_size",
            "startup_parameters",
            "paused",
            "users",
            "auth_query");

    private static final Pattern OWN_TLS =
            Pattern.compile("(server_)?tls_(mode|ca_cert|crl|certificate|private_key)|tls_(min_version|ciphers)");

    private final BiConsumer<String, String> refuse;

    private ExtraRules(BiConsumer<String, String> refuse) {
        this.refuse = refuse;
    }

    static void check(DoormanPoolSpec spec, BiConsumer<String, String> refuse) {
        var extra = spec.extraConfig();
        if (extra == null) {
            return;
        }
        var rules = new ExtraRules(refuse);
        for (var field : extra.properties()) {
            var path = "spec.extraConfig." + field.getKey();
            switch (field.getKey()) {
                case "general" -> rules.keys(path, field.getValue(), GeneralSettings.S, OWN_GENERAL);
                case "pools" -> rules.pools(spec, path, field.getValue());
                default -> refuse.accept(path, "is not to be set here, expected general or pools");
            }
        }
    }

    private void pools(DoormanPoolSpec spec, String path, JsonNode pools) {
        if (!pools.isObject()) {
            refuse.accept(path, "expected databases, not " + pools);
            return;
        }
        for (var pool : pools.properties()) {
            var inner = path + "." + pool.getKey();
            if (spec.databases().stream().noneMatch(database -> database.name().equals(pool.getKey()))) {
                refuse.accept(inner, "is none of databases[]");
            } else {
                keys(inner, pool.getValue(), PoolSettings.S, OWN_POOL);
            }
        }
    }

    private void keys(String path, JsonNode table, Section<?> section, Set<String> own) {
        if (!table.isObject() || table.size() > MOST_KEYS) {
            refuse.accept(path, "expected at most " + MOST_KEYS + " keys of the pooler's configuration");
            return;
        }
        for (var key : table.properties()) {
            var name = key.getKey();
            var setting = section.find(name);
            if (own.contains(name) || OWN_TLS.matcher(name).matches()) {
                refuse.accept(path + "." + name, "is the operator's own: the spec has a field for it");
            } else if (setting.isEmpty()) {
                refuse.accept(path + "." + name, "is no key of the pooler's configuration");
            } else if (setting.get().changeClass() == ChangeClass.BOOT) {
                refuse.accept(path + "." + name, "is not to be set here: a running pooler cannot take it");
            }
        }
    }
}
