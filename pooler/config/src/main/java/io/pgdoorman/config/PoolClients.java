package io.pgdoorman.config;

/// What the clients of a pool or of one of its users obey; all inherited values are filled in.
public record PoolClients(ClientTimeouts timeouts, ClientCaps caps) {}
