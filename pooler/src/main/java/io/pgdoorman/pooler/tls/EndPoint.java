package io.pgdoorman.pooler.tls;

import java.io.IOException;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.security.spec.PSSParameterSpec;
import java.util.Locale;
import java.util.Optional;

/// Channel binding `tls-server-end-point` (RFC 5929, section 4): the digest of the server's certificate, by the
/// algorithm of its signature, or SHA-256 where that one is MD5 or SHA-1.
public final class EndPoint {
    private EndPoint() {}

    /// Empty where the signature has no digest of its own, such as Ed25519: then there is no binding, as in
    /// PostgreSQL.
    public static Optional<byte[]> binding(X509Certificate certificate) {
        var digest = digest(certificate);
        if (digest.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(MessageDigest.getInstance(digest.get()).digest(certificate.getEncoded()));
        } catch (GeneralSecurityException _) {
            return Optional.empty();
        }
    }

    private static Optional<String> digest(X509Certificate certificate) {
        var name = certificate.getSigAlgName().toUpperCase(Locale.ROOT);
        int with = name.indexOf("WITH");
        if (with > 0) {
            return Optional.of(of(name.substring(0, with)));
        }
        return name.contains("PSS") ? ofPss(certificate) : Optional.empty();
    }

    private static Optional<String> ofPss(X509Certificate certificate) {
        try {
            var parameters = AlgorithmParameters.getInstance("RSASSA-PSS");
            parameters.init(certificate.getSigAlgParams());
            return Optional.of(of(parameters
                    .getParameterSpec(PSSParameterSpec.class)
                    .getDigestAlgorithm()
                    .toUpperCase(Locale.ROOT)));
        } catch (GeneralSecurityException | IOException _) {
            return Optional.empty();
        }
    }

    private static String of(String algorithm) {
        var bare = algorithm.replace("-", "");
        return switch (bare) {
            case "MD5", "SHA1", "SHA256" -> "SHA-256";
            case "SHA224" -> "SHA-224";
            case "SHA384" -> "SHA-384";
            case "SHA512" -> "SHA-512";
            default -> algorithm;
        };
    }
}
