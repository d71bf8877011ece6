package io.pgdoorman.pooler.auth;

/// Why a line of the rules cannot be used; `line` counts from 1.
public record HbaFault(int line, String message) {}
