package io.pgdoorman.operator.child;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.render.SecretFiles;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The two Secrets that the operator owns: copies of the users' secrets, and the administrator's password.
public final class SecretChild {

    private static final String PASSWORD = "password";
    private static final String NO_MORE_OF_A_NAME = "(?![-._a-zA-Z0-9])";

    private SecretChild() {}

    /// Users' secrets by file name.
    ///
    /// What a configuration in use refers to stays, though the wanted one may refer to a newer version.
    public static Secret users(
            DoormanPool pool, Map<String, String> wanted, @Nullable Secret existing, StoredConfig stored) {
        var data = new TreeMap<String, String>();
        if (existing != null && existing.getData() != null) {
            existing.getData().forEach((file, value) -> {
                if (isUsed(file, stored.current()) || isUsed(file, stored.lastGood())) {
                    data.put(file, value);
                }
            });
        }
        wanted.forEach((file, value) -> data.put(file, SecretFiles.isBinary(file) ? value : encode(value)));
        return secret(pool, Names.secrets(pool), data);
    }

    private static boolean isUsed(String file, @Nullable ConfigVersion version) {
        return version != null
                && Pattern.compile("/" + Pattern.quote(file) + NO_MORE_OF_A_NAME)
                        .matcher(version.text())
                        .find();
    }

    /// The password with which the operator talks to the poolers.
    public static Secret admin(DoormanPool pool, String password) {
        return secret(pool, Names.admin(pool), new TreeMap<>(Map.of(PASSWORD, encode(password))));
    }

    /// The password in an object made by [#admin], null if it holds none.
    public static @Nullable String adminPassword(Secret secret) {
        var value = secret.getData() == null ? null : secret.getData().get(PASSWORD);
        return value == null || value.isEmpty() ? null : decode(value);
    }

    /// A value as Secrets carry it.
    public static String decode(String value) {
        return new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8);
    }

    /// Values as Secrets carry them.
    public static SortedMap<String, String> encoded(Map<String, String> values) {
        var data = new TreeMap<String, String>();
        values.forEach((key, value) -> data.put(key, encode(value)));
        return data;
    }

    private static String encode(String value) {
        return Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8));
    }

    private static Secret secret(DoormanPool pool, String name, SortedMap<String, String> data) {
        return new SecretBuilder()
                .withMetadata(Names.meta(pool, name, Map.of()))
                .withType("Opaque")
                .withData(data)
                .build();
    }
}
