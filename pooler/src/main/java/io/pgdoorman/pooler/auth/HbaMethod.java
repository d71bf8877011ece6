package io.pgdoorman.pooler.auth;

/// What the first rule that fits a login demands.
public enum HbaMethod {
    /// In without a password.
    TRUST,
    /// Refused whatever the password.
    REJECT,
    /// A password, by md5 or, where a SCRAM verifier or the password itself is stored, by SCRAM.
    MD5,
    /// A password, by SCRAM only.
    SCRAM_SHA_256,
    /// No rule fits: refused.
    NO_MATCH
}
