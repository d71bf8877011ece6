package io.pgdoorman.pooler.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// TLS to PostgreSQL: whom we believe, and what we show. Immutable; new files make a new one, and connections live on
/// with the one that they began with.
public final class PostgresTls {
    private final Settings settings;
    private final SslContext context;
    private final Executor crypto;
    private final List<CertificateInfo> certificates;

    /// What the other side has to prove.
    public enum Proof {
        NOTHING,
        /// That its certificate leads to our authorities.
        CHAIN,
        /// And that it carries the name of the host.
        NAME
    }

    /// What TLS is made of.
    ///
    /// @param authorities of PostgreSQL's certificate; there where something is to be proven
    /// @param revocations list of revoked ones
    /// @param certificate shown to PostgreSQL, with the key; both or none
    public record Settings(
            Proof proof,
            @Nullable Path authorities,
            @Nullable Path revocations,
            @Nullable Path certificate,
            @Nullable Path key) {
        /// Every file that is read.
        public List<Path> files() {
            return Stream.of(authorities, revocations, certificate, key)
                    .filter(Objects::nonNull)
                    .toList();
        }
    }

    /// @param crypto where handshakes compute, as event loops have no time for it
    public record Means(Provider provider, Executor crypto) {}

    private PostgresTls(Settings settings, SslContext context, Executor crypto, List<CertificateInfo> certificates) {
        this.settings = settings;
        this.context = context;
        this.crypto = crypto;
        this.certificates = List.copyOf(certificates);
    }

    /// Reads all files; blocks.
    ///
    /// @throws TlsException with the file and the reason
    public static PostgresTls of(Settings settings, Means means) throws TlsException {
        var told = new ArrayList<CertificateInfo>();
        var builder = SslContextBuilder.forClient()
                .sslProvider(means.provider().netty())
                .protocols("TLSv1.2", "TLSv1.3")
                // the rules of names are libpq's, and not those of HTTPS
                .endpointIdentificationAlgorithm(null)
                .applicationProtocolConfig(new ApplicationProtocolConfig(
                        Protocol.ALPN,
                        SelectorFailureBehavior.NO_ADVERTISE,
                        SelectedListenerFailureBehavior.ACCEPT,
                        DoorTls.ALPN));
        if (means.provider() == Provider.NATIVE) {
            builder.option(OpenSslContextOption.USE_TASKS, true);
        }
        believe(settings, builder, told);
        show(settings, builder, told);
        try {
            return new PostgresTls(settings, builder.build(), means.crypto(), told);
        } catch (SSLException | IllegalArgumentException e) {
            throw new TlsException("TLS to PostgreSQL cannot be set up: " + e.getMessage());
        }
    }

    private static void believe(Settings settings, SslContextBuilder builder, List<CertificateInfo> told)
            throws TlsException {
        var bundle = settings.authorities();
        if (settings.proof() == Proof.NOTHING || bundle == null) {
            builder.trustManager(Anybody.INSTANCE);
            return;
        }
        var authorities = Authorities.read(bundle, settings.revocations());
        builder.trustManager(PeerTrust.of(authorities, bundle));
        authorities.certificates().forEach(one -> told.add(CertificateInfo.of("server_ca", bundle.toString(), one)));
    }

    private static void show(Settings settings, SslContextBuilder builder, List<CertificateInfo> told)
            throws TlsException {
        var certificate = settings.certificate();
        var key = settings.key();
        if (certificate != null && key != null) {
            var identity = Identity.read(certificate, key);
            builder.keyManager(identity.key(), identity.chain());
            told.add(CertificateInfo.of("server", certificate.toString(), identity.certificate()));
        }
    }

    /// What `SHOW CERTIFICATES` and the metrics tell.
    public List<CertificateInfo> certificates() {
        return certificates;
    }

    /// One connection's handshake; the login's own time limit bounds it.
    ///
    /// @param host as configured; a name is told to the server (SNI), an address is not
    public SslHandler handler(ByteBufAllocator allocator, String host, int port) {
        var handler = context.newHandler(allocator, host, port, crypto);
        handler.setHandshakeTimeoutMillis(0);
        if (!HostName.isAddress(host)) {
            var parameters = handler.engine().getSSLParameters();
            try {
                parameters.setServerNames(List.of(new SNIHostName(host)));
                handler.engine().setSSLParameters(parameters);
            } catch (IllegalArgumentException _) {
                // names that DNS does not know, as with an underscore, cannot be told
                return handler;
            }
        }
        return handler;
    }

    /// To be called when the handshake is done, and before anything is said.
    ///
    /// @throws TlsException when the certificate is another host's
    public void verify(SslHandler handler, String host) throws TlsException {
        if (settings.proof() == Proof.NAME) {
            var peer = encryption(handler).peer();
            if (peer.isEmpty()) {
                throw new TlsException("it shows no certificate");
            }
            HostName.verify(peer.get(), host);
        }
    }

    /// What a finished handshake came to.
    ///
    /// @param handler null where there was none
    public static Encryption encryption(@Nullable SslHandler handler) {
        return handler == null
                ? Encryption.NONE
                : Encryption.ofServer(handler.engine().getSession());
    }

    /// Why a handshake failed, in words for a person.
    public static String reason(Throwable failure) {
        return PeerException.reason(failure);
    }
}
