package io.pgdoorman.pooler.ldap;

import com.unboundid.ldap.listener.InMemoryDirectoryServer;
import com.unboundid.ldap.listener.InMemoryDirectoryServerConfig;
import com.unboundid.ldap.listener.InMemoryListenerConfig;
import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.ldif.LDIFReader;
import com.unboundid.util.ssl.KeyStoreKeyManager;
import com.unboundid.util.ssl.SSLUtil;
import io.pgdoorman.pooler.script.Papers;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;

/// The library's own directory.
final class DirectoryInMemory implements TestDirectory {
    private static final char[] PIN = "pin".toCharArray();

    private final InMemoryDirectoryServer server;

    DirectoryInMemory(Papers papers, Path folder) {
        try {
            var tls = new SSLUtil(new KeyStoreKeyManager(store(papers, folder).toString(), PIN, "PKCS12", "key"), null);
            var config = new InMemoryDirectoryServerConfig(BASE);
            config.setSchema(null);
            var loopback = InetAddress.getLoopbackAddress();
            config.setListenerConfigs(
                    InMemoryListenerConfig.createLDAPConfig("clear", loopback, 0, tls.createSSLSocketFactory()),
                    InMemoryListenerConfig.createLDAPSConfig(
                            "tls", loopback, 0, tls.createSSLServerSocketFactory(), null));
            server = new InMemoryDirectoryServer(config);
            server.importFromLDIF(
                    true, new LDIFReader(new ByteArrayInputStream(PEOPLE.getBytes(StandardCharsets.UTF_8))));
            server.startListening();
        } catch (GeneralSecurityException | LDAPException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Path store(Papers papers, Path folder) {
        var file = folder.resolve("directory.p12");
        try (var out = Files.newOutputStream(file)) {
            var store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("key", papers.key(), PIN, new Certificate[] {papers.certificate()});
            store.store(out, PIN);
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public int port() {
        return server.getListenPort("clear");
    }

    @Override
    public int tlsPort() {
        return server.getListenPort("tls");
    }

    @Override
    public void close() {
        server.shutDown(true);
    }
}
