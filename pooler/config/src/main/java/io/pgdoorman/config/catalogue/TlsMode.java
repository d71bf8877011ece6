package io.pgdoorman.config.catalogue;

/// The names of TLS policies, on both sides.
enum TlsMode {
    DISABLE,
    ALLOW,
    PREFER,
    REQUIRE,
    VERIFY_CA,
    VERIFY_FULL
}
