package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.hba.HbaRequest;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.SqlState;
import java.util.Collection;

/// Looks whether the access rules would let in those who are in already. What they proved is not asked anew.
final class Recheck {
    private static final PgError REFUSED = PgError.fatal(
                    SqlState.INVALID_AUTHORIZATION,
                    "terminating connection: the access rules of the pooler do not let this client in any more")
            .withDetail("They were changed by a reload, and reload_kick_clients is on.");

    private Recheck() {}

    /// Asks for the end of all who are refused, at their next transaction boundary. Rules with host names ask name
    /// servers, so this blocks.
    ///
    /// @return how many
    static int end(Collection<LoggedIn> clients, Directory directory) {
        int ended = 0;
        for (var client : clients) {
            var request = client.admission();
            if (request != null
                    && directory
                            .namesOf(request.database())
                            .noneMatch(name -> isAllowed(directory.access(), request.in(name)))) {
                client.drain(REFUSED);
                ended++;
            }
        }
        return ended;
    }

    /// Who came by a role token named another user than the one that he turned out to be.
    private static boolean isAllowed(Directory.Access access, HbaRequest request) {
        return access.letsIn(request) || (access.talos() != null && access.letsIn(request.as(Directory.TALOS)));
    }
}
