package io.pgdoorman.operator.child;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.pgdoorman.operator.access.Decision.Granted;
import io.pgdoorman.operator.access.TenantPassword;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.TlsSpec;
import io.pgdoorman.operator.render.SecretValue;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The Secrets of access by consent: beside the pool one with the passwords of all tenants, and beside each claim one
/// with all that an application needs.
///
/// Passwords are made here and kept beside the pool; what lies beside a claim is only written, never believed.
public final class AccessChild {

    private static final ObjectMapper JSON = new ObjectMapper();

    /// Ends the key beside a user's; no user is called so, as their names end with a part of a uid.
    private static final String HISTORY = ".history";

    private AccessChild() {}

    /// Passwords by the names of their users; beside those that a schedule has looked at, what became of them.
    public static Secret passwords(DoormanPool pool, SortedMap<String, TenantPassword> passwords) {
        var data = new TreeMap<String, String>();
        passwords.forEach((user, password) -> {
            data.put(user, encode(password.value()));
            if (password.since() != null) {
                data.put(user + HISTORY, encode(write(History.of(password))));
            }
        });
        return new SecretBuilder()
                .withMetadata(Names.meta(pool, Names.access(pool), Map.of()))
                .withType("Opaque")
                .withData(data)
                .build();
    }

    /// What an object made by [#passwords] holds.
    public static SortedMap<String, TenantPassword> passwords(@Nullable Secret secret) {
        var passwords = new TreeMap<String, TenantPassword>();
        if (secret == null || secret.getData() == null) {
            return passwords;
        }
        var data = secret.getData();
        data.forEach((user, value) -> {
            if (!user.endsWith(HISTORY)) {
                var history = data.get(user + HISTORY);
                var password = TenantPassword.first(SecretChild.decode(value));
                passwords.put(user, history == null ? password : read(history).with(password));
            }
        });
        return passwords;
    }

    /// The password that an application was given; null if it has none.
    public static @Nullable String password(Secret output) {
        var value = output.getData() == null ? null : output.getData().get("password");
        return value == null ? null : SecretChild.decode(value);
    }

    /// What is kept beside a password.
    private record History(
            String since,
            @Nullable String previous,
            @Nullable String told) {

        static History of(TenantPassword password) {
            var told = password.told();
            return new History(
                    String.valueOf(password.since()), password.previous(), told == null ? null : told.toString());
        }

        TenantPassword with(TenantPassword password) {
            return new TenantPassword(
                    password.value(), Instant.parse(since), previous, told == null ? null : Instant.parse(told));
        }

        @Override
        public String toString() {
            return "History[since " + since + "]";
        }
    }

    private static String write(History history) {
        try {
            return JSON.writeValueAsString(history);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a record of plain values can be written", e);
        }
    }

    private static History read(String encoded) {
        try {
            return JSON.readValue(SecretChild.decode(encoded), History.class);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the history of a password is not as it was written", e);
        }
    }

    /// What an application gets.
    ///
    /// @param authorities that vouch for the pods' certificate, null if none are told
    public static Secret output(
            DoormanPool pool, Granted granted, SecretValue password, @Nullable SecretValue authorities) {
        var claim = granted.claim();
        var tls = pool.getSpec().tls().client();
        var hasTls = tls.certificate() != null && tls.mode() != TlsSpec.Mode.Disable;
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
