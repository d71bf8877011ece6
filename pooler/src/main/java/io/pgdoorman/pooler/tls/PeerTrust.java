package io.pgdoorman.pooler.tls;

import java.net.Socket;
import java.nio.file.Path;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/// Believes servers whose certificate leads to our authorities, and says why it does not believe others.
///
/// It is an extended one so that no TLS library adds name rules of its own: those are [HostName]'s.
final class PeerTrust extends X509ExtendedTrustManager {
    private final Path file;
    private final X509TrustManager chains;

    private PeerTrust(Path file, X509TrustManager chains) {
        this.file = file;
        this.chains = chains;
    }

    /// @param file where the authorities stand, for messages
    static PeerTrust of(Authorities authorities, Path file) throws TlsException {
        for (var manager : authorities.trust().getTrustManagers()) {
            if (manager instanceof X509TrustManager chains) {
                return new PeerTrust(file, chains);
            }
        }
        throw new TlsException("authorities of " + file + " cannot be used");
    }

    private void check(X509Certificate[] chain, String authType) throws CertificateException {
        if (chain.length == 0) {
            throw new PeerException("it shows no certificate", new CertificateException());
        }
        var certificate = chain[0];
        try {
            // first: a certificate that is an authority of ours itself would pass at any time
            certificate.checkValidity();
            chains.checkServerTrusted(chain, authType);
        } catch (CertificateExpiredException e) {
            throw new PeerException(
                    "its certificate has expired: valid until "
                            + certificate.getNotAfter().toInstant(),
                    e);
        } catch (CertificateNotYetValidException e) {
            throw new PeerException(
                    "its certificate is not valid yet: only from "
                            + certificate.getNotBefore().toInstant(),
                    e);
        } catch (CertificateException e) {
            throw new PeerException(words(certificate, e), e);
        }
    }

    private String words(X509Certificate certificate, CertificateException failure) {
        for (@Nullable Throwable at = failure; at != null; at = at.getCause()) {
            if (at instanceof CertPathValidatorException step) {
                if (step.getReason() == BasicReason.REVOKED) {
                    return step.getIndex() > 0
                            ? "a certificate on the way to its authority is revoked"
                            : "its certificate is revoked";
                }
                if (step.getReason() == BasicReason.UNDETERMINED_REVOCATION_STATUS) {
                    return "whether its certificate is revoked cannot be told: " + step.getMessage();
                }
                if (step.getReason() != BasicReason.UNSPECIFIED) {
                    return "a certificate on the way to its authority is not good: " + step.getMessage();
                }
            }
        }
        return "its certificate (" + certificate.getSubjectX500Principal() + ", issued by "
                + certificate.getIssuerX500Principal() + ") leads to no authority of " + file;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        check(chain, authType);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        check(chain, authType);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        check(chain, authType);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        throw new CertificateException("these authorities are those of servers");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        throw new CertificateException("these authorities are those of servers");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        throw new CertificateException("these authorities are those of servers");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return chains.getAcceptedIssuers();
    }
}
