package io.pgdoorman.operator.render;

import io.pgdoorman.operator.api.v1alpha1.RuleSecret;
import io.pgdoorman.operator.api.v1alpha1.SecretRef;
import io.pgdoorman.operator.api.v1alpha1.SecretUse;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/// The secret files that a configuration refers to, collected while it is written.
///
/// The name of a file carries the version of its Secret, and the key in it if it is not the usual one, and the
/// configuration's hash covers the name: a pod cannot acknowledge a configuration before it has read this value.
public final class SecretFiles {

    /// How the names of all such files begin.
    public static final List<String> KINDS = List.of(
            "user", "previous", "server", "query", "stats", "tenant", "tls", "ldap", "radius", "keytab", "keys");

    private static final String KEYTAB = "keytab-";

    /// How files begin that were made for claims.
    static final String TENANT = "tenant-";

    /// Keys of Secrets that a file's name leaves out.
    private static final Map<String, String> USUAL =
            Map.of("cert.pem", "tls.crt", "key.pem", "tls.key", "ca.pem", "ca.crt", "crl.pem", "ca.crl");

    private final Map<SecretRef, SecretValue> values;
    private final String folder;
    private final TreeMap<String, String> files = new TreeMap<>();

    SecretFiles(Map<SecretRef, SecretValue> values, String folder) {
        this.values = values;
        this.folder = folder;
    }

    SecretValue value(SecretRef ref) {
        return Objects.requireNonNull(values.get(ref));
    }

    /// Path of a user's password.
    String password(String user, SecretRef ref) {
        return password("user", user, ref);
    }

    /// Path of a password.
    ///
    /// @param what it is for, since a user may have several
    String password(String what, String user, SecretRef ref) {
        return file(what + "-" + user + "-" + version(ref, "password"), value(ref));
    }

    /// Path of a file with the option of a rule that is secret.
    String rule(RuleSecret secret, SecretRef ref) {
        var quoted = "\"" + value(ref).value().replace("\"", "\"\"") + "\"";
        var name = secret.word().substring(1) + "-" + version(ref, "password");
        return file(name, new SecretValue(value(ref).version(), secret.option() + "=" + quoted));
    }

    /// Path of a keytab.
    String keytab(SecretRef ref) {
        return file(KEYTAB + version(ref, "krb5.keytab"), value(ref));
    }

    /// Whether a file is no text; its value is in base64 until it is written.
    public static boolean isBinary(String file) {
        return file.startsWith(KEYTAB);
    }

    /// Path of an issuer's public keys.
    String keys(String issuer, SecretRef ref) {
        var version = ref.equals(SecretUse.CLUSTER_KEYS) ? value(ref).version() : version(ref, "jwks.json");
        return file("keys-" + issuer + "-" + version, value(ref));
    }

    /// Path of the password that was made for a claim.
    String tenant(String user, SecretValue password) {
        return file(TENANT + user + "-" + password.version(), password);
    }

    /// Path of a certificate, key or list of authorities.
    ///
    /// @param owner `client` or `server-NAME`
    /// @param what `cert.pem` and the like
    String pem(String owner, String what, SecretRef ref) {
        return file("tls-" + owner + "-" + version(ref, USUAL.getOrDefault(what, "")) + "-" + what, value(ref));
    }

    /// One Secret may have two such values, and both have its version.
    private String version(SecretRef ref, String usualKey) {
        return value(ref).version() + (ref.key().equals(usualKey) ? "" : "-" + ref.key());
    }

    private String file(String name, SecretValue value) {
        files.put(name, value.value());
        return folder + "/" + name;
    }

    /// File name to content.
    SortedMap<String, String> files() {
        return files;
    }
}
