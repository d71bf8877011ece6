package io.pgdoorman.pooler.ldap;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pgdoorman.pooler.script.Papers;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;

class OpenLdapIT extends LdapContract {
    @BeforeAll
    static void findIt() {
        assumeTrue(OpenLdap.isInstalled(), "slapd is not installed (.ci/run does it)");
    }

    @Override
    TestDirectory start(Papers authority, Papers papers, Path home) {
        return new OpenLdap(authority, papers, home);
    }
}
