package io.pgdoorman.config;

import java.util.List;
import java.util.Map;

/// Who may come in: the admin's login and the HBA rules.
///
/// @param ident user-name maps, in the grammar of pg_ident.conf
/// @param roles members of the roles that rules name as `+role` and mean by `samerole`; a member may be a role
public record AccessConfig(
        String adminUsername, Secret adminPassword, HbaSource hba, HbaSource ident, Map<String, List<String>> roles) {
    public AccessConfig {
        roles = Map.copyOf(roles);
    }
}
