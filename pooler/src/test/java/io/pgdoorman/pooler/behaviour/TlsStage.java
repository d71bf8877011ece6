package io.pgdoorman.pooler.behaviour;

import io.pgdoorman.pooler.script.Papers;
import io.pgdoorman.pooler.script.Papers.Claims;
import io.pgdoorman.pooler.script.PoolerFixture;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// A pooler with the papers of an authority of its own.
abstract class TlsStage {
    @TempDir
    Path folder;

    final Papers authority = Papers.authority("CN=test authority");

    @BeforeEach
    void writePapers() throws IOException {
        authority.write(folder, "ca");
        authority.issues(Claims.of("CN=pooler", "localhost", "127.0.0.1")).write(folder, "server");
        Files.writeString(folder.resolve("crl.pem"), authority.revokes());
    }

    @AfterEach
    void forgetProvider() {
        System.clearProperty("pooler.tls.provider");
    }

    PoolerFixture.Wish wish() {
        return PoolerFixture.wish()
                .general("tls_certificate", folder.resolve("server.crt").toString())
                .general("tls_private_key", folder.resolve("server.key").toString());
    }

    Connection connect(PoolerFixture pooler, String user, String password, String... more) throws SQLException {
        return connect(pooler.door().jdbcUrl(), user, password, more);
    }

    Connection connect(String url, String user, String password, String... more) throws SQLException {
        var properties = new Properties();
        properties.setProperty("user", user);
        properties.setProperty("password", password);
        properties.setProperty("sslmode", "verify-full");
        properties.setProperty("sslrootcert", folder.resolve("ca.crt").toString());
        for (int i = 0; i < more.length; i += 2) {
            properties.setProperty(more[i], more[i + 1]);
        }
        return DriverManager.getConnection(url, properties);
    }

    static String asks(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }

    /// Direct TLS without a protocol name.
    SSLSocket handshake(PoolerFixture pooler) throws IOException, GeneralSecurityException {
        var context = trusting();
        var plain = new Socket(pooler.door().host(), pooler.door().port());
        plain.setSoTimeout(30_000);
        return (SSLSocket) context.getSocketFactory()
                .createSocket(plain, "localhost", pooler.door().port(), true);
    }

    SSLContext trusting() throws IOException, GeneralSecurityException {
        var trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        trusted.setCertificateEntry("ca", authority.certificate());
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        var context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }
}
