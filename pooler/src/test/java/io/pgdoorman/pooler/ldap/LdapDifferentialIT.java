package io.pgdoorman.pooler.ldap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pgdoorman.pooler.auth.BlockingCheck;
import io.pgdoorman.pooler.auth.OutsideCheck.Accepted;
import io.pgdoorman.pooler.auth.OutsideCheck.Attempt;
import io.pgdoorman.pooler.script.DebianPg;
import io.pgdoorman.pooler.script.Papers;
import io.pgdoorman.pooler.script.Papers.Claims;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The same rules, users and passwords, decided by PostgreSQL's own method ldap and by ours, before one OpenLDAP.
class LdapDifferentialIT {
    private static final String SEARCH =
            "ldapbasedn=\"dc=example,dc=com\" ldapbinddn=\"cn=finder,dc=example,dc=com\" ldapbindpasswd=finder-secret";
    private static final String DIRECT = "ldapprefix=\"uid=\" ldapsuffix=\",ou=people,dc=example,dc=com\"";
    private static final List<String> USERS = List.of(
            "app",
            "APP",
            "clerk",
            "nobody",
            "app@example.com",
            "both@example.com",
            "we,ird",
            "app*",
            "a)(uid=app",
            "a/b",
            "a\\b",
            " app",
            "app,ou=people,dc=example,dc=com",
            "ünï");
    private static final List<String> PASSWORDS =
            List.of("app of the directory", "clerk of the directory", "weird of the directory", "wrong", " ");

    @TempDir
    Path folder;

    private List<String> rules(TestDirectory directory) {
        var clear = "ldapserver=127.0.0.1 ldapport=" + directory.port() + " ";
        var ldaps = "ldapserver=127.0.0.1 ldapscheme=ldaps ldapport=" + directory.tlsPort() + " ";
        var url = " ldapurl=\"ldap://127.0.0.1:" + directory.port();
        return List.of(
                clear + DIRECT,
                clear + DIRECT + " ldaptls=1",
                ldaps + DIRECT,
                clear + "ldapprefix=\"uid=app,ou=people,dc=example,dc=com\" ldapsuffix=\"\"",
                clear + "ldapsuffix=\"@example.com\"",
                clear + SEARCH,
                ldaps + SEARCH,
                clear + SEARCH + " ldaptls=1",
                clear + SEARCH + " ldapsearchattribute=mail",
                clear + SEARCH + " ldapsearchfilter=\"(|(uid=$username)(mail=$username))\"",
                clear + SEARCH + " ldapsearchfilter=\"(&(objectClass=organizationalUnit)(ou=people))\"",
                clear + SEARCH.replace("finder-secret", "wrong"),
                clear + SEARCH.replace("dc=example,dc=com", "dc=nowhere"),
                clear + "ldapbasedn=\"dc=example,dc=com\"",
                SEARCH.replace("ldapbasedn=\"dc=example,dc=com\"", "") + url
                        + "/ou=people,dc=example,dc=com?mail?one\"",
                SEARCH.replace("ldapbasedn=\"dc=example,dc=com\"", "") + url + "/dc=example,dc=com?uid?one\"",
                SEARCH.replace("ldapbasedn=\"dc=example,dc=com\"", "") + url
                        + "/dc=example,dc=com??sub?(mail=$username)\"",
                "ldapserver=\"127.0.0.2 127.0.0.1\" ldapport=" + directory.port() + " " + DIRECT,
                "ldapserver=127.0.0.2 ldapport=" + directory.port() + " " + DIRECT);
    }

    @Test
    void decidesAsPostgresDoes() throws SQLException {
        // given
        assumeTrue(OpenLdap.isInstalled() && DebianPg.find().isPresent(), "needs slapd and postgresql of Debian");
        var authority = Papers.authority("CN=authority of the directory");
        authority.write(folder, "ca");
        var papers = authority.issues(Claims.of("CN=directory", "localhost", "127.0.0.1"));
        var differences = new ArrayList<String>();
        int accepted = 0;
        try (var directory = new OpenLdap(authority, papers, folder)) {
            var rules = rules(directory);
            var hba = new StringBuilder();
            for (int i = 0; i < rules.size(); i++) {
                hba.append("host d")
                        .append(i)
                        .append(" all 127.0.0.1/32 ldap ")
                        .append(rules.get(i))
                        .append('\n');
            }
            try (var postgres = new DebianPg(
                    DebianPg.find().orElseThrow(),
                    folder,
                    hba.toString(),
                    Map.of("LDAPTLS_CACERT", folder.resolve("ca.crt").toString()))) {
                for (var user : USERS) {
                    postgres.does("create role \"" + user + "\" login");
                }
                for (int i = 0; i < rules.size(); i++) {
                    postgres.does("create database d" + i);
                    // when
                    for (var user : USERS) {
                        for (var password : PASSWORDS) {
                            boolean theirs = postgres.letsIn("d" + i, user, password);
                            boolean ours = letsIn(rules.get(i), user, password);
                            accepted += ours ? 1 : 0;
                            if (theirs != ours) {
                                differences.add("\"%s\" with \"%s\" by %s: PostgreSQL says %s"
                                        .formatted(user, password, rules.get(i), theirs));
                            }
                        }
                    }
                }
            }
            // then: PostgreSQL pastes a comma into the name of an entry, where it is escaped here
            var pasted = differences.stream()
                    .filter(one -> one.startsWith("\"we,ird\" with \"weird of the directory\"")
                            && one.contains("ldapprefix=\"uid=\"")
                            && one.endsWith("says false"))
                    .toList();
            assertThat(pasted).hasSize(4);
            differences.removeAll(pasted);
            assertThat(differences).isEmpty();
            assertThat(accepted).isGreaterThan(30);
        }
    }

    private boolean letsIn(String rule, String user, String password) {
        try {
            var check = new LdapCheck(
                    LdapRule.of(options(rule)),
                    folder.resolve("ca.crt"),
                    new BlockingCheck.Means(Runnable::run, System::nanoTime));
            return check.check(new Attempt("d", user, password, "127.0.0.1"))
                            .toCompletableFuture()
                            .join()
                    instanceof Accepted;
        } catch (LdapRuleException e) {
            throw new AssertionError(rule, e);
        }
    }

    /// The words of a rule, whose quotes hold no quotes here.
    private static Map<String, String> options(String rule) {
        return Pattern.compile("(\\w+)=(?:\"([^\"]*)\"|(\\S+))")
                .matcher(rule)
                .results()
                .collect(Collectors.toMap(
                        word -> word.group(1),
                        word -> word.group(2) == null ? word.group(3) : word.group(2),
                        (_, last) -> last,
                        LinkedHashMap::new));
    }
}
