package io.pgdoorman.pooler.token;

import io.pgdoorman.pooler.auth.OutsideCheck;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/// The user is the strongest role that the token gives in the database that the client asks for.
///
/// PgDoorman takes the roles of all databases that the token lists, so that an owner of one is the owner of all; here
/// only those of the database that is asked for count.
///
/// @param databases which of the names in tokens count at all
record TalosBearer(List<String> databases) implements Bearer {
    /// The strongest first.
    private static final List<String> ROLES = List.of("owner", "read_write", "read_only");

    TalosBearer {
        databases = List.copyOf(databases);
    }

    @Override
    public Found of(Claims claims, OutsideCheck.Attempt attempt) throws TokenException {
        if (!databases.contains(attempt.database())) {
            throw TokenException.genuine("database \"" + attempt.database() + "\" is not among talos.databases");
        }
        var roles = rolesIn(attempt.database(), claims);
        var role = ROLES.stream()
                .filter(roles::contains)
                .findFirst()
                .orElseThrow(() -> TokenException.genuine(
                        "the token has no role in database \"" + attempt.database() + "\": expected one of " + ROLES));
        var client = claims.text("clientId").orElseThrow(() -> TokenException.genuine("the token has no clientId"));
        return new Found(client, Optional.of(new OutsideCheck.As(role, client)));
    }

    private static TreeSet<String> rolesIn(String database, Claims claims) throws TokenException {
        var roles = new TreeSet<String>();
        if (claims.claim("resource_access") instanceof Map<?, ?> resources) {
            for (var resource : resources.entrySet()) {
                var name = String.valueOf(resource.getKey());
                if (name.substring(name.indexOf(':') + 1).equals(database)
                        && name.indexOf(':') >= 0
                        && resource.getValue() instanceof Map<?, ?> grants
                        && grants.get("roles") instanceof List<?> list) {
                    list.forEach(role -> roles.add(String.valueOf(role)));
                }
            }
        }
        for (var role : roles) {
            if (!ROLES.contains(role)) {
                throw TokenException.genuine("unknown role \"" + role + "\": expected one of " + ROLES);
            }
        }
        return roles;
    }
}
