package io.pgdoorman.pooler.tls;

import java.math.BigInteger;
import java.security.cert.X509Certificate;
import java.time.Instant;

/// What is told about a certificate in use.
///
/// @param role what it is used for: `client` (shown to clients), `client_ca` (signs theirs), ...
public record CertificateInfo(
        String role, String file, String subject, String issuer, BigInteger serial, Instant from, Instant until) {
    static CertificateInfo of(String role, String file, X509Certificate certificate) {
        return new CertificateInfo(
                role,
                file,
                certificate.getSubjectX500Principal().getName(),
                certificate.getIssuerX500Principal().getName(),
                certificate.getSerialNumber(),
                certificate.getNotBefore().toInstant(),
                certificate.getNotAfter().toInstant());
    }
}
