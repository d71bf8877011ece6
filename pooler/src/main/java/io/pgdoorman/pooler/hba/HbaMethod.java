package io.pgdoorman.pooler.hba;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/// What the first rule that fits a login demands.
public enum HbaMethod {
    /// In without a password.
    TRUST("trust"),
    /// Refused whatever the password.
    REJECT("reject"),
    /// A password, by md5 or, where a SCRAM verifier or the password itself is stored, by SCRAM.
    MD5("md5"),
    /// A password, by SCRAM only.
    SCRAM_SHA_256("scram-sha-256"),
    /// A password in clear, over TLS or a Unix socket only.
    PASSWORD("password"),
    /// A token of an issuer that the configuration names, in the place of a password. Not PostgreSQL's.
    JWT("jwt"),
    /// A token of an issuer, by OAUTHBEARER.
    OAUTH("oauth"),
    /// The password of a directory.
    LDAP("ldap"),
    /// The password of this machine's PAM.
    PAM("pam"),
    /// The password of a RADIUS server.
    RADIUS("radius"),
    /// A Kerberos ticket, by GSSAPI.
    GSS("gss"),
    /// A certificate that carries the user's name.
    CERT("cert"),
    /// The user of the system who has opened the other end of a Unix socket.
    PEER("peer"),
    /// The user of the client's system who has opened the other end of a TCP connection, as that system says.
    IDENT("ident"),
    /// No rule fits: refused. No line can say this.
    NO_MATCH("");

    private final String word;

    HbaMethod(String word) {
        this.word = word;
    }

    /// As a line says it.
    public String word() {
        return word;
    }

    /// Whether a stored password decides, or would but for the rule.
    public boolean isForPasswords() {
        return switch (this) {
            case TRUST, MD5, SCRAM_SHA_256, PASSWORD -> true;
            case REJECT, JWT, OAUTH, LDAP, PAM, RADIUS, GSS, CERT, PEER, IDENT, NO_MATCH -> false;
        };
    }

    /// Whether somebody outside of the pooler decides, whatever is stored.
    public boolean asksOutside() {
        return switch (this) {
            case JWT, OAUTH, LDAP, PAM, RADIUS, GSS -> true;
            case TRUST, REJECT, MD5, SCRAM_SHA_256, PASSWORD, CERT, PEER, IDENT, NO_MATCH -> false;
        };
    }

    static Optional<HbaMethod> of(String word) {
        return Arrays.stream(values())
                .filter(method -> !word.isEmpty() && method.word.equals(word))
                .findFirst();
    }

    /// All words, for messages.
    static String known() {
        return Arrays.stream(values())
                .map(HbaMethod::word)
                .filter(word -> !word.isEmpty())
                .collect(Collectors.joining(", "));
    }
}
