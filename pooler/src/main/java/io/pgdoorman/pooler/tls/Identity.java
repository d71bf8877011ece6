package io.pgdoorman.pooler.tls;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.RSAPrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.util.List;
import org.bouncycastle.asn1.ASN1BitString;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.jspecify.annotations.Nullable;

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

    /// What both say of the public key is compared where the private key says it, as RSA's and most of elliptic
    /// curves do: a signature, and a look whether it is right, make the JVM compile its arithmetic of curves, a
    /// third of a second of processor time at the start.
    private static boolean belongs(PrivateKey key, X509Certificate certificate) throws TlsException {
        var algorithm = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC", "ECDSA" -> "SHA256withECDSA";
            case "Ed25519", "EdDSA" -> "Ed25519";
            default ->
                throw new TlsException("private keys of type " + key.getAlgorithm()
                        + " are not supported: expected RSA, EC or Ed25519");
        };
        if (key instanceof RSAPrivateKey own && certificate.getPublicKey() instanceof RSAPublicKey shown) {
            return own.getModulus().equals(shown.getModulus());
        }
        var told = key instanceof ECPrivateKey ? pointOf(key) : null;
        return told == null
                ? signsFor(key, certificate, algorithm)
                : told.equals(SubjectPublicKeyInfo.getInstance(
                                certificate.getPublicKey().getEncoded())
                        .getPublicKeyData());
    }

    /// The public point, which SEC 1 and PKCS#8 leave to whoever writes the key (RFC 5915 section 3).
    private static @Nullable ASN1BitString pointOf(PrivateKey key) throws TlsException {
        try {
            return org.bouncycastle.asn1.sec.ECPrivateKey.getInstance(
                            PrivateKeyInfo.getInstance(key.getEncoded()).parsePrivateKey())
                    .getPublicKey();
        } catch (IOException e) {
            throw new TlsException("a private key of an elliptic curve cannot be read: " + e.getMessage());
        }
    }

    private static boolean signsFor(PrivateKey key, X509Certificate certificate, String algorithm) {
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
