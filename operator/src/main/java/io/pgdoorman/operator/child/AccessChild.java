package io.pgdoorman.operator.child;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.pgdoorman.operator.access.Decision.Granted;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.TlsSpec;
import io.pgdoorman.operator.render.SecretValue;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The Secrets of access by consent: beside the pool one with the passwords of all tenants, and beside each claim one
/// with all that an application needs.
///
/// Passwords are made once and kept beside the pool; what lies beside a claim is only written, never believed.
public final class AccessChild {

    private AccessChild() {}

    /// Passwords by the names of their users.
    public static Secret passwords(DoormanPool pool, SortedMap<String, String> passwords) {
        var data = new TreeMap<String, String>();
        passwords.forEach((user, password) -> data.put(user, encode(password)));
        return new SecretBuilder()
                .withMetadata(Names.meta(pool, Names.access(pool), Map.of()))
                .withType("Opaque")
                .withData(data)
                .build();
    }

    /// What an object made by [#passwords] holds.
    public static SortedMap<String, String> passwords(@Nullable Secret secret) {
        var passwords = new TreeMap<String, String>();
        if (secret != null && secret.getData() != null) {
            secret.getData().forEach((user, value) -> passwords.put(user, SecretChild.decode(value)));
        }
        return passwords;
    }

    /// What an application gets.
    ///
    /// @param authorities that vouch for the pods' certificate, null if none are told
    public static Secret output(
            DoormanPool pool, Granted granted, SecretValue password, @Nullable SecretValue authorities) {
        var claim = granted.claim();
        var tls = pool.getSpec().tls().client();
        var hasTls = tls.certSecretRef() != null && tls.mode() != TlsSpec.Mode.Disable;
        var host = Names.host(pool);
        var port = Integer.toString(pool.getSpec().port());
        var database = claim.getSpec().database();
        var query = hasTls ? "?sslmode=require" : "";
        var address = host + ":" + port + "/" + encodeUri(database);
        var values = new HashMap<String, String>();
        values.put("host", host);
        values.put("port", port);
        values.put("dbname", database);
        values.put("user", granted.user());
        var issuer = granted.issuer();
        if (issuer == null) {
            values.put("password", password.value());
        } else {
            values.put("audience", issuer.audiences().getFirst());
        }
        values.put("sslmode", !hasTls ? "prefer" : authorities == null ? "require" : "verify-full");
        values.put(
                "uri",
                "postgresql://" + encodeUri(granted.user()) + (issuer == null ? ":" + encodeUri(password.value()) : "")
                        + "@" + address + query);
        values.put("jdbc-url", "jdbc:postgresql://" + address + query);
        if (hasTls && authorities != null) {
            values.put("ca.crt", authorities.value() + "\n");
        }
        var data = new TreeMap<String, String>();
        values.forEach((key, value) -> data.put(key, encode(value)));
        return new SecretBuilder()
                .withMetadata(Names.beside(claim, pool))
                .withType("Opaque")
                .withData(data)
                .build();
    }

    private static String encodeUri(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static String encode(String value) {
        return Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8));
    }
}
