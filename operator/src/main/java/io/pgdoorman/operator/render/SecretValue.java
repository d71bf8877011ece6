package io.pgdoorman.operator.render;

import java.util.regex.Pattern;

/// A value as it was read from its Secret.
///
/// @param version changes when the Secret changes (its resourceVersion); tells nobody the value
public record SecretValue(String version, String value) {

    private static final Pattern MD5 = Pattern.compile("md5[0-9a-f]{32}");
    private static final Pattern SCRAM = Pattern.compile("SCRAM-SHA-256\\$[0-9]+:[^$]+\\$[^:]+:.+");

    /// What a password is.
    public enum Kind {
        PLAIN,
        MD5,
        SCRAM
    }

    public SecretValue {
        value = value.stripTrailing();
    }

    /// What the value is as a password.
    public Kind kind() {
        if (MD5.matcher(value).matches()) {
            return Kind.MD5;
        }
        return SCRAM.matcher(value).matches() ? Kind.SCRAM : Kind.PLAIN;
    }

    @Override
    public String toString() {
        return "SecretValue[" + version + "]";
    }
}
