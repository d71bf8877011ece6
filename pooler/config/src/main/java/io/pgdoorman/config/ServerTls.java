package io.pgdoorman.config;

import java.nio.file.Path;
import java.util.Optional;

/// TLS on the side of PostgreSQL, for one pool. Paths are relative to the folder of the file.
public record ServerTls(Mode mode, Files files) {

    /// libpq's `sslmode`.
    public enum Mode {
        /// Never.
        DISABLE,
        /// Where PostgreSQL refuses a connection without.
        ALLOW,
        /// Where PostgreSQL offers it.
        PREFER,
        /// Always; who the other side is, is not asked.
        REQUIRE,
        /// As before, and its certificate leads to our authorities.
        VERIFY_CA,
        /// As before, and carries the name of the host.
        VERIFY_FULL;

        public boolean verifies() {
            return compareTo(VERIFY_CA) >= 0;
        }
    }

    /// Where the material lies.
    ///
    /// @param authorities of PostgreSQL's certificate
    /// @param revocations what those have revoked
    /// @param certificate shown to PostgreSQL, with the key; both or none
    public record Files(
            Optional<Path> authorities, Optional<Path> revocations, Optional<Path> certificate, Optional<Path> key) {
        /// The mode where none is written: whoever names authorities wants them to be asked, and a certificate can be
        /// shown under TLS only.
        public Mode usualMode() {
            if (authorities.isPresent()) {
                return Mode.VERIFY_CA;
            }
            return certificate.isPresent() ? Mode.REQUIRE : Mode.PREFER;
        }
    }
}
