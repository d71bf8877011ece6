package io.pgdoorman.operator.api.v1alpha1;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One value that a spec reads from a Secret or ConfigMap beside it, and what for.
///
/// @param who the user, server or place that needs it, for messages
public record SecretUse(String who, SecretRef ref, Kind kind) {

    /// What the value is.
    public enum Kind {
        PASSWORD,
        CERTIFICATE,
        PRIVATE_KEY,
        AUTHORITIES,
        REVOKED,
        /// What only a password itself is good for, not a hash.
        PLAIN_PASSWORD,
        PUBLIC_KEYS,
        /// Lines of pg_hba.conf.
        RULES,
        /// Not text: read in base64, as Secrets carry it.
        KEYTAB
    }

    /// Stands for the keys by which this cluster signs tokens: they are asked of its API server, not read from a
    /// Secret.
    public static final SecretRef CLUSTER_KEYS = new SecretRef("", "openid/v1/jwks");

    /// All that a spec reads, in the order of its fields; a value that two need is in it twice.
    public static List<SecretUse> of(DoormanPoolSpec spec) {
        var uses = new ArrayList<SecretUse>();
        auth(uses, spec.auth());
        spec.servers().forEach(server -> serverTls(uses, server));
        var client = spec.tls().client();
        var certificate = client.certificate();
        if (certificate != null) {
            pair(uses, "tls.client", certificate);
        }
        if (client.clientCASecretRef() != null) {
            uses.add(new SecretUse("tls.client", client.clientCASecretRef().authorities(), Kind.AUTHORITIES));
        }
        var vouching = spec.access().caSecretRef();
        if (vouching != null) {
            uses.add(new SecretUse("access", vouching.authorities(), Kind.AUTHORITIES));
        }
        return List.copyOf(uses);
    }

    private static void serverTls(List<SecretUse> uses, ServerSpec server) {
        var patroni = server.patroni();
        if (patroni != null && patroni.caSecretRef() != null) {
            var who = "patroni of server " + server.name();
            uses.add(new SecretUse(who, patroni.caSecretRef().authorities(), Kind.AUTHORITIES));
        }
        var tls = server.tls();
        if (tls == null) {
            return;
        }
        var who = "server " + server.name();
        if (tls.caSecretRef() != null) {
            uses.add(new SecretUse(who, tls.caSecretRef().authorities(), Kind.AUTHORITIES));
        }
        if (tls.certSecretRef() != null) {
            pair(uses, who, tls.certSecretRef());
        }
        if (tls.crlSecretRef() != null) {
            uses.add(new SecretUse(who, tls.crlSecretRef().revoked(), Kind.REVOKED));
        }
    }

    private static void auth(List<SecretUse> uses, AuthSpec auth) {
        for (var user : auth.users()) {
            var who = "user " + user.name();
            add(uses, who, user.secretRef(), Kind.PASSWORD);
            add(uses, who, user.previousSecretRef(), Kind.PASSWORD);
            add(uses, who, user.serverSecretRef(), Kind.PLAIN_PASSWORD);
        }
        var query = auth.authQuery();
        if (query != null) {
            add(uses, "authQuery", query.secretRef(), Kind.PLAIN_PASSWORD);
            add(uses, "authQuery", query.serverSecretRef(), Kind.PLAIN_PASSWORD);
        }
        for (var issuer : auth.tokenIssuers()) {
            var who = "token issuer " + issuer.name();
            add(uses, who, issuer.keys().source(), Kind.PUBLIC_KEYS);
            var authorities = issuer.keys().caSecretRef();
            add(uses, who, authorities == null ? null : authorities.authorities(), Kind.AUTHORITIES);
        }
        var rules = auth.hbaConfigMapRef();
        add(uses, "hba", rules == null ? null : rules.rules(), Kind.RULES);
        var ldap = auth.ldap();
        if (ldap != null) {
            var authorities = ldap.caSecretRef();
            add(uses, "ldap", authorities == null ? null : authorities.authorities(), Kind.AUTHORITIES);
            add(uses, "ldap", ldap.bindSecretRef(), Kind.PLAIN_PASSWORD);
        }
        var radius = auth.radius();
        add(uses, "radius", radius == null ? null : radius.secretRef(), Kind.PLAIN_PASSWORD);
        var kerberos = auth.kerberos();
        add(
                uses,
                "kerberos",
                kerberos == null ? null : kerberos.keytabSecretRef().keytab(),
                Kind.KEYTAB);
        var stats = auth.statsUser();
        if (stats != null) {
            add(uses, "statsUser " + stats.name(), stats.secretRef(), Kind.PLAIN_PASSWORD);
        }
    }

    private static void add(List<SecretUse> uses, String who, @Nullable SecretRef ref, Kind kind) {
        if (ref != null) {
            uses.add(new SecretUse(who, ref, kind));
        }
    }

    private static void pair(List<SecretUse> uses, String who, CertSecretRef ref) {
        uses.add(new SecretUse(who, ref.certificate(), Kind.CERTIFICATE));
        uses.add(new SecretUse(who, ref.privateKey(), Kind.PRIVATE_KEY));
    }
}
