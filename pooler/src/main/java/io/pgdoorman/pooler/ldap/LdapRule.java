package io.pgdoorman.pooler.ldap;

import com.unboundid.ldap.sdk.Filter;
import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.ldap.sdk.LDAPURL;
import com.unboundid.ldap.sdk.SearchScope;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What the options of a rule say about a directory (manual, "LDAP Authentication").
///
/// @param hosts tried in this order
/// @param isTls TLS at once (ldaps)
/// @param startTls TLS by the extended operation
public record LdapRule(List<String> hosts, int port, boolean isTls, boolean startTls, Way way) {
    private static final int LDAP = 389;
    private static final int LDAPS = 636;
    private static final List<String> OF_SEARCH =
            List.of("ldapbasedn", "ldapbinddn", "ldapbindpasswd", "ldapsearchattribute", "ldapsearchfilter");

    /// What stands for the user in a filter.
    static final String USER = "$username";

    public LdapRule {
        hosts = List.copyOf(hosts);
    }

    /// From a user to its entry.
    sealed interface Way {}

    /// The entry's name is the user's between two texts.
    record Direct(String prefix, String suffix) implements Way {}

    /// The entry is looked for, as somebody else or nobody.
    ///
    /// @param filter with `$username`
    record Search(String base, SearchScope scope, String filter, Login login) implements Way {}

    /// Both empty: anonymous.
    record Login(String name, String password) {
        @Override
        public String toString() {
            return "Login[" + name + ", ***]";
        }
    }

    /// Reads the options; those of a URL are laid under the single ones.
    ///
    /// @throws LdapRuleException in PostgreSQL's words where it has some
    public static LdapRule of(Map<String, String> written) throws LdapRuleException {
        var options = new LinkedHashMap<>(written);
        @Nullable SearchScope scope = null;
        var url = options.remove("ldapurl");
        if (url != null) {
            var parsed = url(url);
            scope = parsed.scopeProvided() ? parsed.getScope() : null;
            fromUrl(parsed).forEach(options::putIfAbsent);
        }
        var hosts = Arrays.stream(options.getOrDefault("ldapserver", "").split(" "))
                .filter(host -> !host.isEmpty())
                .toList();
        if (hosts.isEmpty()) {
            throw new LdapRuleException("authentication method \"ldap\" requires argument \"ldapserver\" to be set");
        }
        boolean isTls = scheme(options.getOrDefault("ldapscheme", "ldap"));
        boolean startTls = "1".equals(options.get("ldaptls"));
        if (isTls && startTls) {
            throw new LdapRuleException("ldaptls stands beside the scheme ldaps: expected one of the two");
        }
        int port = options.containsKey("ldapport") ? port(options.get("ldapport")) : isTls ? LDAPS : LDAP;
        return new LdapRule(hosts, port, isTls, startTls, way(options, scope));
    }

    private static LDAPURL url(String text) throws LdapRuleException {
        try {
            return new LDAPURL(text);
        } catch (LDAPException e) {
            throw new LdapRuleException("could not parse LDAP URL \"" + text + "\": " + e.getMessage());
        }
    }

    private static Map<String, String> fromUrl(LDAPURL url) throws LdapRuleException {
        var options = new LinkedHashMap<String, String>();
        options.put("ldapscheme", url.getScheme());
        if (url.hostProvided()) {
            options.put("ldapserver", url.getHost());
        }
        if (url.portProvided()) {
            options.put("ldapport", String.valueOf(url.getPort()));
        }
        if (url.baseDNProvided()) {
            options.put("ldapbasedn", url.getBaseDN().toString());
        }
        if (url.attributesProvided()) {
            options.put("ldapsearchattribute", url.getAttributes()[0]);
        }
        if (url.filterProvided()) {
            options.put("ldapsearchfilter", url.getFilter().toString());
        }
        return options;
    }

    private static boolean scheme(String scheme) throws LdapRuleException {
        return switch (scheme) {
            case "ldap" -> false;
            case "ldaps" -> true;
            default -> throw new LdapRuleException("invalid ldapscheme value: \"" + scheme + "\"");
        };
    }

    private static int port(@Nullable String text) throws LdapRuleException {
        try {
            int port = Integer.parseInt(Objects.requireNonNullElse(text, ""));
            if (port > 0 && port <= 65_535) {
                return port;
            }
        } catch (NumberFormatException _) {
            // said below
        }
        throw new LdapRuleException("invalid LDAP port number: \"" + text + "\"");
    }

    private static Way way(Map<String, String> options, @Nullable SearchScope scope) throws LdapRuleException {
        var prefix = options.get("ldapprefix");
        var suffix = options.get("ldapsuffix");
        if (prefix != null || suffix != null) {
            if (OF_SEARCH.stream().anyMatch(options::containsKey)) {
                throw new LdapRuleException("cannot mix options for simple bind and search+bind modes");
            }
            return new Direct(Objects.requireNonNullElse(prefix, ""), Objects.requireNonNullElse(suffix, ""));
        }
        var base = options.get("ldapbasedn");
        if (base == null) {
            throw new LdapRuleException("authentication method \"ldap\" requires argument \"ldapbasedn\","
                    + " \"ldapprefix\", or \"ldapsuffix\" to be set");
        }
        if (options.containsKey("ldapsearchattribute") && options.containsKey("ldapsearchfilter")) {
            throw new LdapRuleException("cannot use ldapsearchattribute together with ldapsearchfilter");
        }
        var login = new Login(options.getOrDefault("ldapbinddn", ""), options.getOrDefault("ldapbindpasswd", ""));
        if (login.name().isEmpty() != login.password().isEmpty()) {
            throw new LdapRuleException("ldapbinddn and ldapbindpasswd: expected both or none");
        }
        return new Search(base, scope == null ? SearchScope.SUB : scope, filter(options), login);
    }

    private static String filter(Map<String, String> options) throws LdapRuleException {
        var filter = options.getOrDefault(
                "ldapsearchfilter", "(" + options.getOrDefault("ldapsearchattribute", "uid") + "=" + USER + ")");
        try {
            Filter.create(filter.replace(USER, "x"));
        } catch (LDAPException e) {
            throw new LdapRuleException("invalid ldapsearchfilter \"" + filter + "\": " + e.getMessage());
        }
        return filter;
    }
}
