package io.pgdoorman.pooler.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// TLS for clients: what is shown to them and what is asked of them. Immutable; new files make a new one, and
/// connections live on with the one that they began with.
public final class DoorTls {
    /// The name that direct TLS has to agree on (PostgreSQL manual, "Protocol Flow", SSL Session Encryption).
    public static final String ALPN = "postgresql";

    private final Settings settings;
    private final SslContext context;
    private final Optional<byte[]> binding;
    private final List<CertificateInfo> certificates;

    /// What TLS is made of.
    ///
    /// @param authorities of client certificates; null asks for none
    /// @param revocations list of revoked ones
    /// @param certificateDemanded handshakes without a certificate fail
    /// @param protocols names as JSSE has them, such as `TLSv1.3`
    /// @param ciphers names as JSSE has them; empty for the provider's own choice
    public record Settings(
            Path certificate,
            Path key,
            @Nullable Path authorities,
            @Nullable Path revocations,
            boolean certificateDemanded,
            List<String> protocols,
            List<String> ciphers) {
        public Settings {
            protocols = List.copyOf(protocols);
            ciphers = List.copyOf(ciphers);
        }

        /// Every file that is read.
        public List<Path> files() {
            var files = new ArrayList<>(List.of(certificate, key));
            if (authorities != null) {
                files.add(authorities);
            }
            if (revocations != null) {
                files.add(revocations);
            }
            return files;
        }
    }

    private DoorTls(Settings settings, SslContext context, Identity identity, List<CertificateInfo> certificates) {
        this.settings = settings;
        this.context = context;
        this.binding = EndPoint.binding(identity.certificate());
        this.certificates = List.copyOf(certificates);
    }

    /// Reads all files; blocks.
    ///
    /// @throws TlsException with the file and the reason
    public static DoorTls of(Settings settings, Supplier<Provider> provider) throws TlsException {
        var identity = Identity.read(settings.certificate(), settings.key());
        var bundle = settings.authorities();
        var authorities = bundle == null ? null : Authorities.read(bundle, settings.revocations());
        return new DoorTls(
                settings,
                context(settings, identity, authorities, provider.get()),
                identity,
                told(settings, identity, authorities));
    }

    private static SslContext context(
            Settings settings, Identity identity, @Nullable Authorities authorities, Provider provider)
            throws TlsException {
        var builder = (provider == Provider.NATIVE
                        ? SslContextBuilder.forServer(SoleIdentity.factory(identity))
                        : SslContextBuilder.forServer(identity.key(), identity.chain()))
                .sslProvider(provider.netty())
                .protocols(settings.protocols())
                .applicationProtocolConfig(new ApplicationProtocolConfig(
                        Protocol.ALPN,
                        SelectorFailureBehavior.NO_ADVERTISE,
                        SelectedListenerFailureBehavior.ACCEPT,
                        ALPN));
        if (provider == Provider.NATIVE) {
            // private keys work on the executor of the handler, not on the event loop
            builder.option(OpenSslContextOption.USE_TASKS, true);
        }
        if (!settings.ciphers().isEmpty()) {
            builder.ciphers(settings.ciphers(), SupportedCipherSuiteFilter.INSTANCE);
        }
        if (authorities != null) {
            builder.trustManager(authorities.trust());
            builder.clientAuth(settings.certificateDemanded() ? ClientAuth.REQUIRE : ClientAuth.OPTIONAL);
        }
        try {
            return builder.build();
        } catch (SSLException | IllegalArgumentException e) {
            throw new TlsException("TLS for clients cannot be set up: " + e.getMessage());
        }
    }

    private static List<CertificateInfo> told(Settings settings, Identity identity, @Nullable Authorities authorities) {
        List<CertificateInfo> told = new ArrayList<>();
        told.add(CertificateInfo.of("client", settings.certificate().toString(), identity.certificate()));
        if (authorities != null) {
            authorities
                    .certificates()
                    .forEach(one ->
                            told.add(CertificateInfo.of("client_ca", String.valueOf(settings.authorities()), one)));
        }
        return told;
    }

    public Settings settings() {
        return settings;
    }

    /// What `SHOW CERTIFICATES` and the metrics tell.
    public List<CertificateInfo> certificates() {
        return certificates;
    }

    /// What channel binding binds to.
    public Optional<byte[]> binding() {
        return binding;
    }

    /// Whether a client may show one; to look for it otherwise costs an exception.
    boolean asksForCertificates() {
        return settings.authorities() != null;
    }

    /// One connection's handshake; the porch's own time limit bounds it.
    ///
    /// @param crypto where keys work
    public SslHandler handler(ByteBufAllocator allocator, Executor crypto) {
        var handler = context.newHandler(allocator, crypto);
        handler.setHandshakeTimeoutMillis(0);
        return handler;
    }
}
