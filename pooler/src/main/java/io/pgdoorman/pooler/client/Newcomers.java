package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.lookup.Finding;
import io.pgdoorman.pooler.lookup.UserLookup;
import io.pgdoorman.pooler.wire.PgError;

/// Users of one database who stand in no list: who knows what they have to prove, and who has pools for them.
///
/// @param lookup tells what is known of a user
/// @param hosts has the pool of a user who has proven who it is
public record Newcomers(UserLookup lookup, Hosts hosts) {
    /// Makes pools when they are wanted; any thread.
    public interface Hosts {
        Entrance enter(String user, Finding.Known known);
    }

    /// What became of it.
    public sealed interface Entrance {}

    /// @param entered to be called when the client has its seat there, or gets none: until then the pool stays
    public record Open(ClientPool pool, Runnable entered) implements Entrance {}

    public record Closed(PgError why) implements Entrance {}
}
