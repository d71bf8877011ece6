package io.pgdoorman.config;

/// Where PostgreSQL listens, and the database there.
public record ServerAddress(String host, int port, String database) {}
