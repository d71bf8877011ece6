package io.pgdoorman.pooler.tls;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.List;

/// A certificate with those that lead to its authority, and its private key.
public record Identity(List<X509Certificate> chain, PrivateKey key) {
    private static final byte[] PROBE = "does this key belong to this certificate?".getBytes(StandardCharsets.US_ASCII);

    public Identity {
        chain = List.copyOf(chain);
    }

    /// Reads and compares both files.
    ///
    /// @throws TlsException when one cannot be read or the key is another certificate's
    public static Identity read(Path certificate, Path key) throws TlsException {
        var chain = Pem.certificates(certificate);
        var privateKey = Pem.privateKey(key);
        if (!belongs(privateKey, chain.getFirst())) {
            throw new TlsException("the key of " + key + " does not belong to the certificate of " + certificate);
        }
        return new Identity(chain, privateKey);
    }

    X509Certificate certificate() {
        return chain.getFirst();
    }

    private static boolean belongs(PrivateKey key, X509Certificate certificate) throws TlsException {
        var algorithm = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC", "ECDSA" -> "SHA256withECDSA";
            case "Ed25519", "EdDSA" -> "Ed25519";
            default ->
                throw new TlsException("private keys of type " + key.getAlgorithm()
                        + " are not supported: expected RSA, EC or Ed25519");
        };
        try {
            var signer = Signature.getInstance(algorithm);
            signer.initSign(key);
            signer.update(PROBE);
            byte[] signed = signer.sign();
            signer.initVerify(certificate.getPublicKey());
            signer.update(PROBE);
            return signer.verify(signed);
        } catch (GeneralSecurityException _) {
            return false;
        }
    }

    @Override
    public String toString() {
        return "Identity[" + certificate().getSubjectX500Principal() + "]";
    }
}
