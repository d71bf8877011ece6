package io.pgdoorman.pooler.script;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.CRLException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CRLConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObject;

/// A certificate with its key, and a CA to sign others with.
public record Papers(X509Certificate certificate, PrivateKey key) {

    /// What a certificate says.
    ///
    /// @param subject like `CN=db.example.com`
    /// @param names DNS names, or addresses
    /// @param from when it becomes valid
    /// @param until when it ends
    public record Claims(String subject, List<String> names, Instant from, Instant until) {
        public Claims {
            names = List.copyOf(names);
        }

        /// Valid since yesterday and for a month.
        public static Claims of(String subject, String... names) {
            var now = Instant.now();
            return new Claims(
                    subject, Arrays.asList(names), now.minus(Duration.ofDays(1)), now.plus(Duration.ofDays(30)));
        }

        /// The same for another time.
        public Claims valid(Instant since, Instant until) {
            return new Claims(subject, names, since, until);
        }
    }

    /// A CA that nobody signed but itself.
    public static Papers authority(String subject) {
        var keys = keys();
        return signed(Claims.of(subject), keys, new X500Name(subject), keys.getPrivate(), true);
    }

    /// A certificate of this CA for a server or a client.
    public Papers issues(Claims claims) {
        return signed(
                claims,
                keys(),
                X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded()),
                key,
                false);
    }

    /// An authority beneath this one.
    public Papers appoints(String subject) {
        return signed(
                Claims.of(subject),
                keys(),
                X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded()),
                key,
                true);
    }

    /// Likewise, signed with an RSA key of its own issuer, and by this algorithm.
    public static Papers signedBy(String algorithm, Claims claims) {
        try {
            var generator = KeyPairGenerator.getInstance(algorithm.startsWith("Ed") ? algorithm : "RSA");
            var keys = generator.generateKeyPair();
            return signed(claims, keys, new X500Name(claims.subject()), new Signer(keys.getPrivate(), algorithm), true);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Writes `NAME.crt` and `NAME.key`, as PEM; the key is for its owner only.
    public void write(Path folder, String name) {
        try {
            Files.writeString(folder.resolve(name + ".crt"), pem(certificate));
            var keyFile = folder.resolve(name + ".key");
            Files.writeString(keyFile, pem(key));
            Files.setPosixFilePermissions(keyFile, PosixFilePermissions.fromString("rw-------"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Shows this certificate in TLS handshakes of the JDK.
    public KeyManager[] keyManagers() {
        try {
            var store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("key", key, new char[0], new Certificate[] {certificate});
            var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, new char[0]);
            return keys.getKeyManagers();
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /// A certificate or a key as PEM.
    public static String pem(Object object) {
        var text = new StringWriter();
        try (var writer = new JcaPEMWriter(text)) {
            // PKCS#8, since the older form of an EC key would lack its curve
            writer.writeObject(
                    object instanceof PrivateKey key ? new PemObject("PRIVATE KEY", key.getEncoded()) : object);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (object instanceof PrivateKey) {
            text.toString().lines().skip(1).findFirst().ifPresent(Secrets.all()::know);
        }
        return text.toString();
    }

    /// What this CA has revoked, as PEM.
    public String revokes(X509Certificate... revoked) {
        try {
            var builder = new JcaX509v2CRLBuilder(certificate.getSubjectX500Principal(), Date.from(Instant.now()));
            builder.setNextUpdate(Date.from(Instant.now().plus(Duration.ofDays(7))));
            for (var one : revoked) {
                builder.addCRLEntry(one.getSerialNumber(), Date.from(Instant.now()), CRLReason.keyCompromise);
            }
            var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(key);
            return pem(new JcaX509CRLConverter().getCRL(builder.build(signer)));
        } catch (OperatorCreationException | CRLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyPair keys() {
        try {
            var generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private record Signer(PrivateKey key, String algorithm) {}

    private static Papers signed(Claims claims, KeyPair keys, X500Name issuer, PrivateKey signer, boolean isAuthority) {
        return signed(claims, keys, issuer, new Signer(signer, "SHA256withECDSA"), isAuthority);
    }

    private static Papers signed(Claims claims, KeyPair keys, X500Name issuer, Signer signer, boolean isAuthority) {
        try {
            var builder = new JcaX509v3CertificateBuilder(
                    issuer,
                    new BigInteger(64, ThreadLocalRandom.current()),
                    Date.from(claims.from()),
                    Date.from(claims.until()),
                    new X500Name(claims.subject()),
                    keys.getPublic());
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(isAuthority));
            if (!claims.names().isEmpty()) {
                builder.addExtension(Extension.subjectAlternativeName, false, names(claims.names()));
            }
            var holder = builder.build(new JcaContentSignerBuilder(signer.algorithm()).build(signer.key()));
            return new Papers(new JcaX509CertificateConverter().getCertificate(holder), keys.getPrivate());
        } catch (GeneralSecurityException | OperatorCreationException | CertIOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static GeneralNames names(List<String> names) {
        return new GeneralNames(names.stream()
                .map(name -> new GeneralName(
                        name.matches("[0-9.]+|.*:.*") ? GeneralName.iPAddress : GeneralName.dNSName, name))
                .toArray(GeneralName[]::new));
    }
}
