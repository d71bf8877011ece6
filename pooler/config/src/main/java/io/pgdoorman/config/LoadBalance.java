package io.pgdoorman.config;

/// In which order the hosts of a pool are tried: as written, or each time in another (libpq's `load_balance_hosts`).
public enum LoadBalance {
    DISABLE,
    RANDOM
}
