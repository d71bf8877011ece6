package io.pgdoorman.pooler.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMException;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;

/// PEM files: certificates, private keys in every usual form, revocation lists.
public final class Pem {
    private Pem() {}

    /// The certificates of a file, in its order; at least one.
    static List<X509Certificate> certificates(Path file) throws TlsException {
        List<X509Certificate> certificates = new ArrayList<>();
        try {
            var factory = CertificateFactory.getInstance("X.509");
            for (var found : factory.generateCertificates(new ByteArrayInputStream(bytes(file)))) {
                certificates.add((X509Certificate) found);
            }
        } catch (GeneralSecurityException e) {
            throw new TlsException(file + " holds a certificate that cannot be read: " + e.getMessage());
        }
        if (certificates.isEmpty()) {
            throw new TlsException(file + " holds no certificate: expected PEM with BEGIN CERTIFICATE");
        }
        return certificates;
    }

    /// The revocation lists of a file; at least one.
    static List<X509CRL> revocations(Path file) throws TlsException {
        List<X509CRL> lists = new ArrayList<>();
        try {
            var factory = CertificateFactory.getInstance("X.509");
            for (var found : factory.generateCRLs(new ByteArrayInputStream(bytes(file)))) {
                lists.add((X509CRL) found);
            }
        } catch (GeneralSecurityException e) {
            throw new TlsException(file + " holds a revocation list that cannot be read: " + e.getMessage());
        }
        if (lists.isEmpty()) {
            throw new TlsException(file + " holds no revocation list: expected PEM with BEGIN X509 CRL");
        }
        return lists;
    }

    /// The first private key of a file: PKCS#8, PKCS#1 or SEC 1, without a passphrase.
    public static PrivateKey privateKey(Path file) throws TlsException {
        var text = new String(bytes(file), StandardCharsets.UTF_8);
        var converter = new JcaPEMKeyConverter();
        try (var parser = new PEMParser(new StringReader(text))) {
            for (Object found = parser.readObject(); found != null; found = parser.readObject()) {
                switch (found) {
                    case PrivateKeyInfo info -> {
                        return converter.getPrivateKey(info);
                    }
                    case PEMKeyPair pair -> {
                        return converter.getPrivateKey(pair.getPrivateKeyInfo());
                    }
                    case PKCS8EncryptedPrivateKeyInfo _, PEMEncryptedKeyPair _ ->
                        throw new TlsException(file + " holds a key with a passphrase: expected one without");
                    default -> {
                        // parameters and certificates may stand beside the key
                    }
                }
            }
        } catch (PEMException e) {
            throw new TlsException(file + " holds a key that cannot be read: " + e.getMessage());
        } catch (IOException e) {
            throw new TlsException(file + " is no PEM: " + e.getMessage());
        }
        throw new TlsException(file + " holds no private key: expected PEM with BEGIN PRIVATE KEY");
    }

    private static byte[] bytes(Path file) throws TlsException {
        try {
            return Files.readAllBytes(file);
        } catch (NoSuchFileException _) {
            throw new TlsException(file + " does not exist");
        } catch (IOException e) {
            throw new TlsException(file + " cannot be read: " + e);
        }
    }
}
