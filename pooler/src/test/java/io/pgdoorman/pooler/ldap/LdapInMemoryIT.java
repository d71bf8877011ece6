package io.pgdoorman.pooler.ldap;

import io.pgdoorman.pooler.script.Papers;
import java.nio.file.Path;

class LdapInMemoryIT extends LdapContract {
    @Override
    TestDirectory start(Papers authority, Papers papers, Path home) {
        return new DirectoryInMemory(papers, home);
    }
}
