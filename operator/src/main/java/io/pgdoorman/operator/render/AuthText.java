package io.pgdoorman.operator.render;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pgdoorman.operator.api.v1alpha1.AuthQuerySpec;
import io.pgdoorman.operator.api.v1alpha1.AuthSpec;
import io.pgdoorman.operator.api.v1alpha1.GoDuration;
import io.pgdoorman.operator.api.v1alpha1.TokenIssuerSpec;

/// Writes who may come in; a pool that lists users only has the file that it had before there was more.
final class AuthText {

    private final AuthSpec auth;
    private final SecretFiles secrets;
    private final Fleet fleet;

    AuthText(AuthSpec auth, SecretFiles secrets, Fleet fleet) {
        this.auth = auth;
        this.secrets = secrets;
        this.fleet = fleet;
    }

    void general(ObjectNode general) {
        var stats = auth.statsUser();
        if (stats != null) {
            general.put("stats_username", stats.name());
            general.putObject("stats_password").put("file", secrets.password("stats", stats.name(), stats.secretRef()));
        }
        general.putObject("pg_hba").put("content", new HbaText(auth, secrets, fleet).write());
        var maps = auth.userMaps();
        if (maps != null) {
            general.putObject("pg_ident").put("content", String.join("\n", maps) + "\n");
        }
        var roles = auth.roles();
        if (roles != null) {
            var node = general.putObject("hba_roles");
            roles.forEach(role -> role.members().forEach(node.withArray(role.name())::add));
        }
        var ldap = auth.ldap();
        var authorities = ldap == null ? null : ldap.caSecretRef();
        if (authorities != null) {
            general.put("ldap_tls_ca_cert", secrets.pem("ldap", "ca.pem", authorities.authorities()));
        }
        var kerberos = auth.kerberos();
        if (kerberos != null) {
            general.put(
                    "krb_server_keyfile",
                    secrets.keytab(kerberos.keytabSecretRef().keytab()));
        }
    }

    /// The lookup of one database.
    void lookup(ObjectNode pool, String remoteDatabase) {
        var query = auth.authQuery();
        if (query != null) {
            lookup(pool.putObject("auth_query"), query, remoteDatabase);
        }
    }

    private void lookup(ObjectNode node, AuthQuerySpec query, String remoteDatabase) {
        var database = query.database();
        node.put("query", query.query()).put("user", query.user());
        node.putObject("password").put("file", secrets.password("query", query.user(), query.secretRef()));
        node.put("database", database == null ? remoteDatabase : database)
                .put("pool_size", query.poolSize())
                .put("cache_ttl", GoDuration.parse(query.cacheTTL()).toMillis() + "ms");
        var shared = query.serverSecretRef();
        if (shared != null) {
            node.put("server_user", query.serverUser());
            node.putObject("server_password").put("file", secrets.password("query-server", query.user(), shared));
        }
    }

    void issuers(ObjectNode root) {
        if (auth.tokenIssuers().isEmpty()) {
            return;
        }
        var all = root.putObject("token_issuers");
        auth.tokenIssuers().forEach(issuer -> issuer(all.putObject(issuer.name()), issuer));
    }

    private void issuer(ObjectNode node, TokenIssuerSpec issuer) {
        var source = issuer.keys().source();
        var authorities = issuer.keys().caSecretRef();
        if (source != null) {
            node.put("keys_file", secrets.keys(issuer.name(), source));
        } else {
            node.put("keys_url", issuer.keys().url());
        }
        if (authorities != null) {
            node.put("keys_ca", secrets.pem("issuer-" + issuer.name(), "ca.pem", authorities.authorities()));
        }
        if (issuer.issuer() != null) {
            node.put("issuer", issuer.issuer());
        }
        issuer.audiences().forEach(node.putArray("audience")::add);
        if (issuer.userClaim() != null) {
            node.put("user_claim", issuer.userClaim());
        }
        if (issuer.roleClaim() != null) {
            node.put("role_claim", issuer.roleClaim());
        }
        if (issuer.isCluster() || !issuer.accounts().isEmpty()) {
            var accounts = node.putArray("service_accounts");
            issuer.accounts().forEach(account -> account(accounts.addObject(), account));
            fleet.tenants().forEach(tenant -> account(accounts, issuer, tenant));
        }
        if (issuer.endsSessions()) {
            node.put("ends_sessions", true);
        }
    }

    private static void account(ArrayNode accounts, TokenIssuerSpec issuer, Tenant tenant) {
        if (tenant.proof() instanceof Tenant.Proof.Token(var of, var namespace, var name) && of.equals(issuer.name())) {
            accounts.addObject()
                    .put("namespace", namespace)
                    .put("name", name)
                    .put("user", tenant.user())
                    .put("database", tenant.database());
        }
    }

    private static void account(ObjectNode node, TokenIssuerSpec.ServiceAccount account) {
        node.put("namespace", account.namespace()).put("name", account.name()).put("user", account.user());
        if (account.database() != null) {
            node.put("database", account.database());
        }
    }
}
