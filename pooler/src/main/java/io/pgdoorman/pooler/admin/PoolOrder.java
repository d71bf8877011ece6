package io.pgdoorman.pooler.admin;

/// How an order to pools ended.
///
/// @param pools those that were meant
/// @param fulfilled false when another order ended it before it was true
public record PoolOrder(int pools, boolean fulfilled) {}
