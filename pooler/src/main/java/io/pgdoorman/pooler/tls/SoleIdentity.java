package io.pgdoorman.pooler.tls;

import io.netty.handler.ssl.OpenSslCachingX509KeyManagerFactory;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.KeyManagerFactoryWrapper;
import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/// Shows one identity to everybody, as libpq does with `sslcert`, and PostgreSQL with `ssl_cert_file`.
///
/// Only for the native provider. What Netty makes of a key and its chain by itself encrypts the key into a key
/// store and decrypts it again, each time by ten thousand rounds of SHA-256: a seventh of a start with TLS, and
/// spent again for each new certificate.
final class SoleIdentity extends X509ExtendedKeyManager {
    private static final String ALIAS = "sole";

    private final Identity identity;

    private SoleIdentity(Identity identity) {
        this.identity = identity;
    }

    /// To be given to a builder of either side ([SslContextBuilder#keyManager(KeyManagerFactory)]); the key is prepared
    /// for the native library once, and not for each handshake.
    static KeyManagerFactory factory(Identity identity) {
        return new OpenSslCachingX509KeyManagerFactory(new KeyManagerFactoryWrapper(new SoleIdentity(identity)));
    }

    @Override
    public String[] getClientAliases(String type, Principal @Nullable [] issuers) {
        return new String[] {ALIAS};
    }

    @Override
    public String chooseClientAlias(String[] types, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return ALIAS;
    }

    @Override
    public String chooseEngineClientAlias(String[] types, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        return ALIAS;
    }

    @Override
    public String[] getServerAliases(String type, Principal @Nullable [] issuers) {
        return new String[] {ALIAS};
    }

    @Override
    public String chooseServerAlias(String type, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return ALIAS;
    }

    @Override
    public String chooseEngineServerAlias(String type, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        return ALIAS;
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
        return identity.chain().toArray(X509Certificate[]::new);
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        return identity.key();
    }
}
