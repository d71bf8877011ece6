package io.pgdoorman.config;

import java.time.Duration;

/// What helps to run the process for years.
///
/// @param watchesFiles whether changed files are loaded without being asked to
/// @param kicksClients whether a reload ends clients whom its access rules would not let in
/// @param slowCheckout waits for a server from this time on are logged; zero = none
/// @param slowQuery likewise of queries
public record UpkeepConfig(boolean watchesFiles, boolean kicksClients, Duration slowCheckout, Duration slowQuery) {}
