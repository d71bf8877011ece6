package io.pgdoorman.config;

/// What the way of bytes between client and server obeys; pools carry their own outcome of [#prepare()].
public record RelayConfig(PrepareConfig prepare) {}
