package io.pgdoorman.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Who may come in: the admin's login and the HBA rules.
///
/// @param stats of whom may look at the console and change nothing
/// @param ident user-name maps, in the grammar of pg_ident.conf
/// @param roles members of the roles that rules name as `+role` and mean by `samerole`; a member may be a role
/// @param directoryAuthorities of the certificates of directories that rules ask by LDAP; empty for those of the JDK
/// @param keytab of the services whose Kerberos tickets rules believe; empty for the system's
public record AccessConfig(
        String adminUsername,
        Secret adminPassword,
        Optional<StatsLogin> stats,
        HbaSource hba,
        HbaSource ident,
        Map<String, List<String>> roles,
        Optional<Path> directoryAuthorities,
        Optional<Path> keytab) {
    /// Who may look.
    public record StatsLogin(String username, Secret password) {}

    public AccessConfig {
        roles = Map.copyOf(roles);
    }
}
