package io.pgdoorman.pooler.tls;

import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/// What a connection is protected by.
///
/// @param protocol like `TLSv1.3`; empty without TLS
/// @param binding what SCRAM's channel binding has to carry
/// @param peer the certificate of the other side; a client's leads to our authorities
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Encryption(String protocol, String cipher, Optional<byte[]> binding, Optional<X509Certificate> peer) {
    /// Nothing.
    public static final Encryption NONE = new Encryption("", "", Optional.empty(), Optional.empty());

    /// After the handshake.
    public static Encryption of(DoorTls door, SSLSession session) {
        var peer = door.asksForCertificates() ? peer(session) : Optional.<X509Certificate>empty();
        return new Encryption(session.getProtocol(), session.getCipherSuite(), door.binding(), peer);
    }

    /// Of a connection to PostgreSQL; the other side is the one whose certificate SCRAM binds to.
    static Encryption ofServer(SSLSession session) {
        var peer = peer(session);
        return new Encryption(session.getProtocol(), session.getCipherSuite(), peer.flatMap(EndPoint::binding), peer);
    }

    public boolean isOn() {
        return !protocol.isEmpty();
    }

    private static Optional<X509Certificate> peer(SSLSession session) {
        try {
            for (Certificate certificate : List.of(session.getPeerCertificates())) {
                return Optional.of((X509Certificate) certificate);
            }
            return Optional.empty();
        } catch (SSLPeerUnverifiedException _) {
            return Optional.empty();
        }
    }
}
