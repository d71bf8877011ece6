package io.pgdoorman.pooler.ldap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.unboundid.ldap.sdk.SearchScope;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LdapRuleTest {
    private static Map<String, String> options(String... pairs) {
        var options = new LinkedHashMap<String, String>();
        for (int i = 0; i < pairs.length; i += 2) {
            options.put(pairs[i], pairs[i + 1]);
        }
        return options;
    }

    @Test
    void portFollowsTheScheme() throws LdapRuleException {
        // when then
        assertThat(LdapRule.of(options("ldapserver", "a b", "ldapprefix", "cn=")))
                .isEqualTo(new LdapRule(List.of("a", "b"), 389, false, false, new LdapRule.Direct("cn=", "")));
        assertThat(LdapRule.of(options("ldapserver", "a", "ldapscheme", "ldaps", "ldapsuffix", "@x")))
                .isEqualTo(new LdapRule(List.of("a"), 636, true, false, new LdapRule.Direct("", "@x")));
    }

    @Test
    void urlStandsForItsOptions() throws LdapRuleException {
        // when
        var rule = LdapRule.of(options("ldapurl", "ldaps://ldap.example.net:1636/dc=example,dc=net?cn?one"));
        var filtered = LdapRule.of(options("ldapurl", "ldap://h/dc=example??sub?(cn=$username)"));

        // then
        assertThat(rule)
                .isEqualTo(new LdapRule(
                        List.of("ldap.example.net"),
                        1636,
                        true,
                        false,
                        new LdapRule.Search(
                                "dc=example,dc=net", SearchScope.ONE, "(cn=$username)", new LdapRule.Login("", ""))));
        assertThat(filtered.way())
                .isEqualTo(new LdapRule.Search(
                        "dc=example", SearchScope.SUB, "(cn=$username)", new LdapRule.Login("", "")));
    }

    @Test
    void whatPostgresRefusesIsRefusedInItsWords() {
        var faults = Map.of(
                "cannot mix options for simple bind and search+bind modes",
                options("ldapserver", "a", "ldapprefix", "cn=", "ldapbasedn", "dc=x"),
                "requires argument \"ldapbasedn\", \"ldapprefix\", or \"ldapsuffix\" to be set",
                options("ldapserver", "a"),
                "requires argument \"ldapserver\" to be set",
                options("ldapprefix", "cn="),
                "cannot use ldapsearchattribute together with ldapsearchfilter",
                options(
                        "ldapserver",
                        "a",
                        "ldapbasedn",
                        "d=x",
                        "ldapsearchattribute",
                        "a",
                        "ldapsearchfilter",
                        "(a=b)"),
                "invalid ldapscheme value: \"http\"",
                options("ldapserver", "a", "ldapscheme", "http", "ldapprefix", "cn="),
                "invalid LDAP port number: \"0\"",
                options("ldapserver", "a", "ldapport", "0", "ldapprefix", "cn="),
                "could not parse LDAP URL \"http://x\"",
                options("ldapurl", "http://x"),
                "invalid ldapsearchfilter \"(uid=\"",
                options("ldapserver", "a", "ldapbasedn", "dc=x", "ldapsearchfilter", "(uid="),
                "ldapbinddn and ldapbindpasswd: expected both or none",
                options("ldapserver", "a", "ldapbasedn", "dc=x", "ldapbinddn", "cn=finder"));

        // when then
        faults.forEach((message, options) -> assertThatThrownBy(() -> LdapRule.of(options))
                .isInstanceOf(LdapRuleException.class)
                .hasMessageContaining(message));
    }

    @Test
    void passwordOfTheFinderIsNeverShown() throws LdapRuleException {
        // when
        var rule = LdapRule.of(
                options("ldapserver", "a", "ldapbasedn", "d=x", "ldapbinddn", "cn=f", "ldapbindpasswd", "hidden"));

        // then
        assertThat(rule.toString()).contains("cn=f").doesNotContain("hidden");
    }
}
