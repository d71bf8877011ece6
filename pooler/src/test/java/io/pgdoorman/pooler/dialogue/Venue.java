package io.pgdoorman.pooler.dialogue;

import io.pgdoorman.pooler.script.Cut;
import io.pgdoorman.pooler.script.Door;
import java.time.Duration;
import java.util.function.Supplier;

/// Where a script is played, and how.
///
/// @param patience how long a client waits for a message before it says that none comes
record Venue(Door door, String database, Supplier<Cut> cut, Duration patience) {}
