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
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// TLS to PostgreSQL: whom we believe, and what we show. New files make a new one, and connections live on with the one
/// that they began with. Any thread.
///
/// What is made of no files can be faulty in nothing, and is made when PostgreSQL first offers TLS: where it never does
/// the library is not loaded.
public final class PostgresTls {
    private final Settings settings;
    private final Means means;
    private final List<CertificateInfo> certificates = new ArrayList<>();
    private volatile @Nullable SslContext context;

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
    public record Means(Supplier<Provider> provider, Executor crypto) {}

    private PostgresTls(Settings settings, Means means) {
        this.settings = settings;
        this.means = means;
    }

    /// Reads all files; blocks.
    ///
    /// @throws TlsException with the file and the reason
    public static PostgresTls of(Settings settings, Means means) throws TlsException {
        var made = new PostgresTls(settings, means);
        if (!settings.files().isEmpty()) {
            var _ = made.context();
        }
        return made;
    }

    /// Gets ready for handshakes, where it is not yet.
    ///
    /// @param loop who is told, at once where it is ready
    /// @param told why there can be no handshake, or null
    public void whenReady(Executor loop, Consumer<@Nullable TlsException> told) {
        if (context != null) {
            told.accept(null);
            return;
        }
        means.crypto().execute(() -> {
            var failure = failure();
            loop.execute(() -> told.accept(failure));
        });
    }

    private @Nullable TlsException failure() {
        try {
            var _ = context();
            return null;
        } catch (TlsException e) {
            return e;
        }
    }

    private synchronized SslContext context() throws TlsException {
        var known = context;
        if (known == null) {
            known = made();
            context = known;
        }
        return known;
    }

    private SslContext made() throws TlsException {
        var provider = means.provider().get();
        var builder = SslContextBuilder.forClient()
                .sslProvider(provider.netty())
                .protocols("TLSv1.2", "TLSv1.3")
                // the rules of names are libpq's, and not those of HTTPS
                .endpointIdentificationAlgorithm(null)
                .applicationProtocolConfig(new ApplicationProtocolConfig(
                        Protocol.ALPN,
                        SelectorFailureBehavior.NO_ADVERTISE,
                        SelectedListenerFailureBehavior.ACCEPT,
                        DoorTls.ALPN));
        if (provider == Provider.NATIVE) {
            builder.option(OpenSslContextOption.USE_TASKS, true);
        }
        believe(settings, builder, certificates);
        show(settings, provider, builder, certificates);
        try {
            return builder.build();
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

    private static void show(
            Settings settings, Provider provider, SslContextBuilder builder, List<CertificateInfo> told)
            throws TlsException {
        var certificate = settings.certificate();
        var key = settings.key();
        if (certificate != null && key != null) {
            var identity = Identity.read(certificate, key);
            if (provider == Provider.NATIVE) {
                builder.keyManager(SoleIdentity.factory(identity));
            } else {
                builder.keyManager(identity.key(), identity.chain());
            }
            told.add(CertificateInfo.of("server", certificate.toString(), identity.certificate()));
        }
    }

    /// What `SHOW CERTIFICATES` and the metrics tell.
    public List<CertificateInfo> certificates() {
        return List.copyOf(certificates);
    }

    /// One connection's handshake, when all is ready; the login's own time limit bounds it.
    ///
    /// @param host as configured; a name is told to the server (SNI), an address is not
    public SslHandler handler(ByteBufAllocator allocator, String host, int port) {
        var ready = context;
        if (ready == null) {
            throw new IllegalStateException("TLS to PostgreSQL is not ready");
        }
        var handler = ready.newHandler(allocator, host, port, means.crypto());
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
