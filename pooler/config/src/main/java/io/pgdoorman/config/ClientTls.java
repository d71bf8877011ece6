package io.pgdoorman.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// TLS on the side of the clients; without a certificate there is none. Paths are relative to the folder of
/// the file.
///
/// @param handshakesPerSecond 0 = no limit
/// @param cleartext where passwords and tokens may pass as they are
public record ClientTls(Mode mode, Files files, Strength strength, int handshakesPerSecond, Cleartext cleartext) {

    /// What is asked of clients.
    public enum Mode {
        /// No TLS, even with a certificate.
        DISABLE,
        /// As the client wishes.
        ALLOW,
        /// Nobody comes in without.
        REQUIRE,
        /// As before, and with a certificate that leads to our authorities.
        VERIFY_CA,
        /// The same, as in PgDoorman; whose name the certificate carries is decided by pg_hba
        /// (`clientcert`, `cert`).
        VERIFY_FULL;

        public boolean demandsTls() {
            return compareTo(REQUIRE) >= 0;
        }

        public boolean demandsCertificate() {
            return compareTo(VERIFY_CA) >= 0;
        }
    }

    /// Where secrets may pass as they are; a Unix socket is always good for it.
    public enum Cleartext {
        TLS,
        LOOPBACK,
        ANYWHERE
    }

    /// Where the material lies.
    ///
    /// @param certificate shown to clients, with the key; both or none
    /// @param authorities of the clients' certificates
    /// @param revocations what those have revoked
    public record Files(
            Optional<Path> certificate, Optional<Path> key, Optional<Path> authorities, Optional<Path> revocations) {}

    /// @param oldest `1.2` or `1.3`
    /// @param ciphers names of JSSE; empty leaves them to the library
    public record Strength(String oldest, List<String> ciphers) {
        public Strength {
            ciphers = List.copyOf(ciphers);
        }
    }

    /// Whether clients may use TLS at all.
    public boolean isOffered() {
        return mode != Mode.DISABLE && files.certificate().isPresent();
    }
}
