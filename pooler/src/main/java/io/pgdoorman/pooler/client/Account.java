package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.auth.Verifier;

/// A user who may log in to one database: how it proves itself, and the pool that then serves it.
public record Account(ClientPool pool, Verifier verifier) {}
