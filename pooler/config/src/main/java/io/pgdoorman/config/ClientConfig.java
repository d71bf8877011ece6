package io.pgdoorman.config;

import java.time.Duration;

/// What a client connection obeys.
public record ClientConfig(
        Duration loginTimeout, Duration queryWaitTimeout, boolean logConnections, boolean logDisconnections) {}
