package io.pgdoorman.pooler.tls;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertPathValidator;
import java.security.cert.CertStore;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.X509CRL;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.EnumSet;
import java.util.List;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/// Whom we believe: all certificates of a bundle, and what they have revoked.
public record Authorities(List<X509Certificate> certificates, List<X509CRL> revocations) {
    public Authorities {
        certificates = List.copyOf(certificates);
        revocations = List.copyOf(revocations);
    }

    /// @param revocations null where nothing is known to be revoked
    public static Authorities read(Path bundle, @Nullable Path revocations) throws TlsException {
        return new Authorities(
                Pem.certificates(bundle), revocations == null ? List.of() : Pem.revocations(revocations));
    }

    /// For connections of ours to servers of theirs.
    public SSLContext context() throws TlsException {
        try {
            var context = SSLContext.getInstance("TLS");
            context.init(null, trust().getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new TlsException("authorities cannot be used: " + e.getMessage());
        }
    }

    /// Chains have to end at one of these, and nothing in them may be revoked: where lists are given, every
    /// authority in a chain needs one, as with PostgreSQL (X509_V_FLAG_CRL_CHECK_ALL).
    TrustManagerFactory trust() throws TlsException {
        try {
            var store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            for (int i = 0; i < certificates.size(); i++) {
                store.setCertificateEntry("authority" + i, certificates.get(i));
            }
            var parameters = new PKIXBuilderParameters(store, new X509CertSelector());
            parameters.setRevocationEnabled(!revocations.isEmpty());
            if (!revocations.isEmpty()) {
                parameters.addCertStore(
                        CertStore.getInstance("Collection", new CollectionCertStoreParameters(revocations)));
                var checker = (PKIXRevocationChecker)
                        CertPathValidator.getInstance("PKIX").getRevocationChecker();
                // only the lists that we were given; asking others would be a way to hold us up
                checker.setOptions(
                        EnumSet.of(PKIXRevocationChecker.Option.PREFER_CRLS, PKIXRevocationChecker.Option.NO_FALLBACK));
                parameters.addCertPathChecker(checker);
            }
            var factory = TrustManagerFactory.getInstance("PKIX");
            factory.init(new CertPathTrustManagerParameters(parameters));
            return factory;
        } catch (GeneralSecurityException | IOException e) {
            throw new TlsException("authorities cannot be used: " + e.getMessage());
        }
    }
}
