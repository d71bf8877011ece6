package io.pgdoorman.config;

/// What the way of bytes between client and server obeys; pools carry their own outcome of [#prepare()].
///
/// @param deferBegin a BEGIN is answered before a server is taken
/// @param checkQuery the text of the query that is answered from a record
public record RelayConfig(PrepareConfig prepare, boolean deferBegin, String checkQuery) {}
