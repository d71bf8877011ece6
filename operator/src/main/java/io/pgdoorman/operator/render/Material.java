package io.pgdoorman.operator.render;

import io.pgdoorman.operator.api.v1alpha1.Problem;
import io.pgdoorman.operator.api.v1alpha1.SecretUse;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/// What can be told of certificates before a pod reads them. Whether a key belongs to its certificate, the pod says.
public final class Material {

    private Material() {}

    /// What is wrong with a value for its use; nothing of the value is in it.
    static Optional<Problem> problem(SecretUse use, SecretValue value) {
        var isOfCluster = use.ref().equals(SecretUse.CLUSTER_KEYS);
        var where = use.ref().object() + ", key " + use.ref().key();
        return switch (use.kind()) {
            case PASSWORD, RULES -> Optional.empty();
            case PLAIN_PASSWORD ->
                value.kind() == SecretValue.Kind.PLAIN
                        ? Optional.empty()
                        : Optional.of(new Problem(use.who(), where + " holds a hash, expected the password itself"));
            case PUBLIC_KEYS ->
                value.value().contains("\"keys\"") || value.value().contains("-----BEGIN PUBLIC KEY-----")
                        ? Optional.empty()
                        : Optional.of(new Problem(
                                use.who(),
                                isOfCluster
                                        ? "the keys of this cluster are no JSON Web Key Set"
                                        : where + " holds no keys (a JSON Web Key Set, or PEM)"));
            case CERTIFICATE, AUTHORITIES ->
                certificates(value).isEmpty()
                        ? Optional.of(new Problem(use.who(), where + " holds no certificate (PEM)"))
                        : Optional.empty();
            case REVOKED ->
                value.value().contains("-----BEGIN X509 CRL-----")
                        ? Optional.empty()
                        : Optional.of(new Problem(use.who(), where + " holds no list of revoked certificates (PEM)"));
            case KEYTAB ->
                isKeytab(value)
                        ? Optional.empty()
                        : Optional.of(new Problem(use.who(), where + " holds no keytab (version 5.2)"));
            case PRIVATE_KEY ->
                value.value().contains("PRIVATE KEY-----")
                        ? Optional.empty()
                        : Optional.of(new Problem(use.who(), where + " holds no private key (PEM)"));
        };
    }

    private static boolean isKeytab(SecretValue value) {
        try {
            var bytes = Base64.getDecoder().decode(value.value());
            return bytes.length >= 2 && bytes[0] == 5 && bytes[1] == 2;
        } catch (IllegalArgumentException _) {
            return false; // Not even base64: somebody else's value.
        }
    }

    /// When the first certificate of a value ends, empty if there is none in it.
    public static Optional<Instant> expiry(SecretValue value) {
        return certificates(value).stream()
                .map(certificate -> certificate.getNotAfter().toInstant())
                .findFirst();
    }

    private static List<X509Certificate> certificates(SecretValue value) {
        try {
            Collection<?> read = CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(value.value().getBytes(StandardCharsets.UTF_8)));
            return read.stream().map(X509Certificate.class::cast).toList();
        } catch (CertificateException _) {
            // Not a certificate: as good as none.
            return List.of();
        }
    }
}
