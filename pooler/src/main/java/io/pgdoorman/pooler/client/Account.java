package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.auth.Verifier;
import org.jspecify.annotations.Nullable;

/// A user who may log in to one database: how it proves itself, and the pool that then serves it.
///
/// @param previous password that counts too; null for none
public record Account(
        ClientPool pool, Verifier verifier, @Nullable PreviousPassword previous) {}
