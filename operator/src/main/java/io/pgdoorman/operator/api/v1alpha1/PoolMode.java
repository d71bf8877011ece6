package io.pgdoorman.operator.api.v1alpha1;

/// How long a client keeps a server.
public enum PoolMode {
    Transaction,
    Session
}
