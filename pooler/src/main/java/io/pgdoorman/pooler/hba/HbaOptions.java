package io.pgdoorman.pooler.hba;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The `name=value` words at the end of a rule; checked where the line is read.
public record HbaOptions(Map<String, String> values) {
    /// A rule without options.
    public static final HbaOptions NONE = new HbaOptions(Map.of());

    private static final String OPTION = "authentication option \"";
    private static final String NOT_VALID = "\" is not valid for method ";

    /// Options that PostgreSQL knows and that belong to methods which the pooler does not have.
    private static final Set<String> OF_OTHER_METHODS =
            Set.of("krb_realm", "include_realm", "compat_realm", "upn_username");

    /// Methods that prove another name than the user's.
    private static final Set<HbaMethod> MAPPED =
            Set.of(HbaMethod.CERT, HbaMethod.PEER, HbaMethod.IDENT, HbaMethod.GSS, HbaMethod.JWT, HbaMethod.OAUTH);

    public HbaOptions {
        values = Map.copyOf(values);
    }

    static HbaOptions of(HbaRule.Kind kind, HbaMethod method, List<List<HbaToken>> fields) throws HbaSyntax {
        Map<String, String> values = new LinkedHashMap<>();
        for (var field : fields) {
            for (var token : field) {
                int equals = token.text().indexOf('=');
                if (equals < 0) {
                    throw new HbaSyntax("authentication option not in name=value format: \"" + token.text() + "\"");
                }
                String name = token.text().substring(0, equals);
                String value = token.text().substring(equals + 1);
                check(kind, method, name, value);
                values.put(name, value);
            }
        }
        if (method == HbaMethod.OAUTH) {
            required("issuer", values);
            required("scope", values);
        }
        return values.isEmpty() ? NONE : new HbaOptions(values);
    }

    private static void check(HbaRule.Kind kind, HbaMethod method, String name, String value) throws HbaSyntax {
        switch (name) {
            case "clientcert" -> {
                onlyTls(kind, name);
                if (!value.equals("verify-ca") && !value.equals("verify-full")) {
                    throw new HbaSyntax(
                            "invalid value for clientcert: \"" + value + "\": expected verify-ca or verify-full");
                }
                if (method == HbaMethod.CERT && !value.equals("verify-full")) {
                    throw new HbaSyntax("clientcert only accepts verify-full when using cert authentication");
                }
            }
            case "map" -> {
                if (!MAPPED.contains(method)) {
                    throw new HbaSyntax(OPTION + name + NOT_VALID + method.word());
                }
            }
            case "clientname" -> {
                onlyTls(kind, name);
                if (!value.equals("CN") && !value.equals("DN")) {
                    throw new HbaSyntax("invalid value for clientname: \"" + value + "\": expected CN or DN");
                }
            }
            case "issuer" -> {
                if (method != HbaMethod.JWT) {
                    onlyOf(HbaMethod.OAUTH, method, name);
                }
            }
            case "scope", "validator" -> onlyOf(HbaMethod.OAUTH, method, name);
            case "ldapurl",
                    "ldaptls",
                    "ldapscheme",
                    "ldapserver",
                    "ldapport",
                    "ldapbinddn",
                    "ldapbindpasswd",
                    "ldapsearchattribute",
                    "ldapsearchfilter",
                    "ldapbasedn",
                    "ldapprefix",
                    "ldapsuffix" -> onlyOf(HbaMethod.LDAP, method, name);
            case "radiusservers", "radiussecrets", "radiusports", "radiusidentifiers" ->
                onlyOf(HbaMethod.RADIUS, method, name);
            case "krb_realm", "include_realm" -> onlyOf(HbaMethod.GSS, method, name);
            case "pamservice", "pam_use_hostname" -> onlyOf(HbaMethod.PAM, method, name);
            default -> {
                if (OF_OTHER_METHODS.contains(name)) {
                    throw new HbaSyntax(OPTION + name + NOT_VALID + method.word());
                }
                throw new HbaSyntax("unrecognized authentication option name: \"" + name + "\"");
            }
        }
    }

    private static void required(String name, Map<String, String> values) throws HbaSyntax {
        if (!values.containsKey(name)) {
            throw new HbaSyntax("authentication method \"oauth\" requires argument \"" + name + "\" to be set");
        }
    }

    private static void onlyOf(HbaMethod owner, HbaMethod method, String name) throws HbaSyntax {
        if (method != owner) {
            throw new HbaSyntax(OPTION + name + NOT_VALID + method.word());
        }
    }

    private static void onlyTls(HbaRule.Kind kind, String name) throws HbaSyntax {
        if (kind != HbaRule.Kind.HOSTSSL) {
            throw new HbaSyntax(name + " can only be configured for \"hostssl\" rows");
        }
    }

    /// Whether the client has to show a certificate that leads to our authorities.
    public boolean wantsCertificate() {
        return values.containsKey("clientcert");
    }

    /// Whether that certificate has to carry the user's name.
    public boolean wantsMatchingCertificate() {
        return "verify-full".equals(values.get("clientcert"));
    }

    /// Whether the name is the whole subject instead of its common name.
    public boolean wantsDistinguishedName() {
        return "DN".equals(values.get("clientname"));
    }

    /// The user-name map that says whose certificate or token it may be.
    public Optional<String> map() {
        return Optional.ofNullable(values.get("map"));
    }

    /// What a token has to be good for, as clients ask their issuer.
    public Optional<String> scope() {
        return Optional.ofNullable(values.get("scope"));
    }

    /// The name here of the issuer that a rule for OAUTHBEARER knows by its URL.
    public Optional<String> validator() {
        return Optional.ofNullable(values.get("validator"));
    }

    /// Whose tickets count; empty for those of any realm.
    public String realm() {
        return values.getOrDefault("krb_realm", "");
    }

    /// Whether the name in a ticket is compared with its realm.
    public boolean includesRealm() {
        return values.getOrDefault("include_realm", "1").equals("1");
    }

    /// What a directory's rule says; holds its password.
    public Map<String, String> ofDirectory() {
        return startingWith("ldap");
    }

    /// What a rule says about RADIUS servers; holds their secrets.
    public Map<String, String> ofRadius() {
        return startingWith("radius");
    }

    private Map<String, String> startingWith(String word) {
        var options = new LinkedHashMap<>(values);
        options.keySet().removeIf(name -> !name.startsWith(word));
        return options;
    }

    /// The service of PAM; empty for PostgreSQL's own.
    public Optional<String> pamService() {
        return Optional.ofNullable(values.get("pamservice"));
    }

    /// Whether PAM is told the name of the client's host instead of its address.
    public boolean tellsPamTheHostName() {
        return "1".equals(values.get("pam_use_hostname"));
    }

    /// Whose tokens count: by the name of the issuer here, and its URL for OAUTHBEARER; empty where there is only one.
    public Optional<String> issuer() {
        return Optional.ofNullable(values.get("issuer"));
    }

    /// Without values, since a directory's password or a secret of RADIUS may be among them.
    @Override
    public String toString() {
        return "HbaOptions" + values.keySet();
    }
}
