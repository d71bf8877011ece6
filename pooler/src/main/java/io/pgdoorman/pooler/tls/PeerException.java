package io.pgdoorman.pooler.tls;

import java.security.cert.CertificateException;
import org.jspecify.annotations.Nullable;

/// The certificate of the other side is not good, in words for a person.
@SuppressWarnings("serial")
final class PeerException extends CertificateException {
    private final String text;

    PeerException(String text, Throwable cause) {
        super(text, cause);
        this.text = text;
    }

    /// Found in what the TLS library made of it; else the first words of the library.
    static String reason(Throwable failure) {
        var words = String.valueOf(failure.getMessage());
        for (@Nullable Throwable at = failure; at != null; at = at.getCause()) {
            if (at instanceof PeerException peer) {
                return peer.text;
            }
            words = String.valueOf(at.getMessage());
        }
        return words;
    }
}
