package io.pgdoorman.pooler.ldap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgdoorman.pooler.script.Papers;
import io.pgdoorman.pooler.script.Papers.Claims;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Psql;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Logins by drivers where the rules say ldap.
class LdapLoginIT {
    @TempDir
    Path folder;

    private final Papers authority = Papers.authority("CN=authority of the directory");

    private PoolerFixture.Wish wish(String rule) {
        authority.write(folder, "ca");
        return PoolerFixture.wish()
                .serverPasswords()
                .general("cleartext_passwords", "loopback")
                .general("ldap_tls_ca_cert", folder.resolve("ca.crt").toString())
                .general("pg_hba", "\n    content: |-\n      " + rule);
    }

    private DirectoryInMemory directory() {
        return new DirectoryInMemory(authority.issues(Claims.of("CN=directory", "127.0.0.1")), folder);
    }

    @Test
    void bothDriversLogInByTheDirectorysPassword() throws SQLException {
        try (var directory = directory();
                var pooler = wish("host all all all ldap ldapserver=127.0.0.1 ldaptls=1 ldapport=" + directory.port()
                                + " ldapprefix=\"uid=\" ldapsuffix=\",ou=people,dc=example,dc=com\"")
                        .start()) {
            // when
            var psql = Psql.of(pooler.door(), "clerk", "clerk of the directory", "")
                    .run("select current_user");

            // then
            assertThat(psql.output()).as(psql.toString()).isEqualTo("clerk");
            assertThat(pooler.logsIn("app", "app of the directory")).isEqualTo("app");
            assertThatThrownBy(() -> pooler.logsIn("app", "app-secret"))
                    .isInstanceOfSatisfying(
                            SQLException.class,
                            refused -> assertThat(refused.getSQLState()).isEqualTo("28000"))
                    .hasMessageContaining("LDAP authentication failed for user \"app\"");
            assertThatThrownBy(() -> pooler.logsIn("app", "")).isInstanceOf(SQLException.class);
        }
    }

    @Test
    void passwordOfTheFinderMayStandInAFileOfItsOwn() throws SQLException, IOException {
        // given
        var secret = Files.writeString(folder.resolve("options"), "ldapbindpasswd=finder-secret\n");
        try (var directory = directory();
                var pooler = wish("host all all all ldap ldapserver=127.0.0.1 ldapport=" + directory.port()
                                + " ldapbasedn=\"dc=example,dc=com\" ldapbinddn=\"cn=finder,dc=example,dc=com\" @"
                                + secret)
                        .start()) {
            // when then
            assertThat(pooler.logsIn("app", "app of the directory")).isEqualTo("app");
        }
    }

    @Test
    void directoryThatIsAwayIsSaidToBe() {
        // given
        int nobodys;
        try (var directory = directory()) {
            nobodys = directory.port();
        }
        var rule = "host all all all ldap ldapserver=127.0.0.1 ldapprefix=\"uid=\" ldapport=" + nobodys;
        try (var pooler = wish(rule).start()) {
            // when then
            assertThatThrownBy(() -> pooler.logsIn("app", "app of the directory"))
                    .isInstanceOfSatisfying(
                            SQLException.class,
                            refused -> assertThat(refused.getSQLState()).isEqualTo("58000"));
        }
    }

    @Test
    void lineThatLeadsNowhereStopsTheStartWithItsNumberAndWithoutItsPassword() {
        // when then
        assertThatThrownBy(wish("host all a all trust\n"
                        + "      host all all all ldap ldapserver=x ldapprefix=u ldapbindpasswd=hidden")::start)
                .hasMessageContaining("line 2: cannot mix options")
                .hasMessageNotContaining("hidden");
        assertThatThrownBy(wish("host all all all md5 ldapserver=x")::start)
                .hasMessageContaining("\"ldapserver\" is not valid for method md5");
        assertThatThrownBy(wish("host all all all ldap ldapserver=x ldapprefix=u")
                        .general("ldap_tls_ca_cert", "missing.crt")::start)
                .hasMessageContaining("general.ldap_tls_ca_cert");
    }
}
