package io.pgdoorman.pooler.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.HeardLog;
import io.pgdoorman.pooler.script.Message;
import io.pgdoorman.pooler.script.Papers;
import io.pgdoorman.pooler.script.Papers.Claims;
import io.pgdoorman.pooler.script.PoolerFixture;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Properties;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// TLS as drivers use it, with both of its providers.
class TlsIT {
    private static final String CERT_RULES = "{content: \"hostssl all app all cert map=people\\n"
            + "hostssl all clerk all scram-sha-256 clientcert=verify-full\\n"
            + "hostssl all old all md5 clientcert=verify-ca\"}";

    @TempDir
    Path folder;

    private final Papers authority = Papers.authority("CN=test authority");

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

    private PoolerFixture.Wish wish() {
        return PoolerFixture.wish()
                .general("tls_certificate", folder.resolve("server.crt").toString())
                .general("tls_private_key", folder.resolve("server.key").toString());
    }

    private PoolerFixture.Wish wishForCertificates() {
        return wish().general("tls_ca_cert", folder.resolve("ca.crt").toString())
                .general("tls_crl", folder.resolve("crl.pem").toString())
                .general("pg_hba", CERT_RULES)
                .general("pg_ident", "{content: \"people /^(.*)@example[.]com$ \\\\1\"}");
    }

    private Connection connect(PoolerFixture pooler, String user, String password, String... more) throws SQLException {
        return connect(pooler.door().jdbcUrl(), user, password, more);
    }

    private Connection connect(String url, String user, String password, String... more) throws SQLException {
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

    private Connection connectWith(PoolerFixture pooler, String user, String password, String paper)
            throws SQLException {
        return connectWith(pooler.door().jdbcUrl(), user, password, paper);
    }

    private Connection connectWith(String url, String user, String password, String paper) throws SQLException {
        return connect(
                url,
                user,
                password,
                "sslcert",
                folder.resolve(paper + ".crt").toString(),
                "sslkey",
                folder.resolve(paper + ".key").toString(),
                "pemKeyAlgorithm",
                "EC");
    }

    private static String asks(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "jdk"})
    void driverVerifiesThePoolerAndBindsItsLoginToTheChannel(String provider) throws SQLException {
        // given
        System.setProperty("pooler.tls.provider", provider);
        try (var pooler = wish().start();
                var usual = connect(pooler, "app", "app-secret");
                var bound = connect(pooler, "app", "app-secret", "channelBinding", "require");
                var direct = connect(pooler, "app", "app-secret", "sslNegotiation", "direct");
                var old = connect(pooler, "old", "old-secret")) {
            // when then
            assertThat(asks(usual, "select 1")).isEqualTo("1");
            assertThat(asks(bound, "select 2")).isEqualTo("2");
            assertThat(asks(direct, "select 3")).isEqualTo("3");
            assertThat(asks(old, "select 4")).isEqualTo("4");
            // more than a record, more than a buffer
            assertThat(asks(bound, "select repeat('x', 20000000)")).hasSize(20_000_000);
            assertThat(asks(
                            bound,
                            "select count(*) from generate_series(1, 100000) g, lateral (select repeat('y', 50)) y"))
                    .isEqualTo("100000");
        }
    }

    @Test
    void wrongPasswordOverChannelBindingIsRefusedLikeAnyOther() {
        // given
        try (var pooler = wish().start()) {
            // when then
            assertThatThrownBy(() -> connect(pooler, "app", "wrong", "channelBinding", "require"))
                    .hasMessageContaining("password authentication failed for user \"app\"");
            assertThatThrownBy(() -> connect(pooler, "nobody", "wrong", "channelBinding", "require"))
                    .hasMessageContaining("password authentication failed for user \"nobody\"");
        }
    }

    @Test
    void whoMustUseTlsIsToldSo() throws SQLException {
        // given
        try (var pooler = wish().general("tls_mode", "require").start();
                var encrypted = connect(pooler, "app", "app-secret")) {
            // when then
            assertThat(asks(encrypted, "select 1")).isEqualTo("1");
            assertThatThrownBy(() -> connect(pooler, "app", "app-secret", "sslmode", "disable"))
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("28000"))
                    .hasMessageContaining("connection without SSL is not allowed by tls_mode");
        }
    }

    @Test
    void withTlsOffNobodyIsOfferedIt() {
        // given
        try (var pooler = wish().general("tls_mode", "disable").start()) {
            // when then
            assertThatThrownBy(() -> connect(pooler, "app", "app-secret")).hasMessageContaining("does not support SSL");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "jdk"})
    void certificatesDecideWhoComesIn(String provider) throws SQLException, IOException {
        // given
        System.setProperty("pooler.tls.provider", provider);
        var now = Instant.now();
        var revoked = authority.issues(Claims.of("CN=clerk"));
        revoked.write(folder, "revoked");
        authority.issues(Claims.of("CN=clerk")).write(folder, "clerk");
        authority.issues(Claims.of("CN=app@example.com")).write(folder, "app");
        authority.issues(Claims.of("CN=app@example.org")).write(folder, "elsewhere");
        authority
                .issues(Claims.of("CN=clerk").valid(now.minus(Duration.ofDays(9)), now.minus(Duration.ofDays(1))))
                .write(folder, "expired");
        authority
                .issues(Claims.of("CN=clerk").valid(now.plus(Duration.ofDays(1)), now.plus(Duration.ofDays(9))))
                .write(folder, "early");
        Papers.authority("CN=stranger").issues(Claims.of("CN=clerk")).write(folder, "foreign");
        Files.writeString(folder.resolve("crl.pem"), authority.revokes(revoked.certificate()));

        try (var pooler = wishForCertificates().serverPasswords().start();
                var byMap = connectWith(pooler, "app", "", "app");
                var byName = connectWith(pooler, "clerk", "clerk-secret", "clerk");
                var byAny = connectWith(pooler, "old", "old-secret", "app")) {
            // when then
            assertThat(asks(byMap, "select 1")).isEqualTo("1");
            assertThat(asks(byName, "select 2")).isEqualTo("2");
            assertThat(asks(byAny, "select 3")).isEqualTo("3");
            assertThatThrownBy(() -> connectWith(pooler, "app", "", "elsewhere"))
                    .hasMessageContaining("certificate authentication failed for user \"app\"");
            assertThatThrownBy(() -> connectWith(pooler, "clerk", "clerk-secret", "app"))
                    .hasMessageContaining("password authentication failed for user \"clerk\"");
            assertThatThrownBy(() -> connectWith(pooler, "clerk", "wrong", "clerk"))
                    .hasMessageContaining("password authentication failed for user \"clerk\"");
            assertThatThrownBy(() -> connect(pooler, "clerk", "clerk-secret"))
                    .hasMessageContaining("connection requires a valid client certificate");
            for (var bad : new String[] {"revoked", "expired", "early", "foreign"}) {
                assertThatThrownBy(() -> connectWith(pooler, "clerk", "clerk-secret", bad))
                        .as(bad)
                        .isInstanceOf(SQLException.class);
            }
        }
    }

    @Test
    void passwordInClearNeedsTls() throws SQLException {
        // given
        try (var pooler = wish().general("pg_hba", "{content: \"host all all all password\"}")
                        .start();
                var encrypted = connect(pooler, "app", "app-secret");
                var clerk = connect(pooler, "clerk", "clerk-secret")) {
            // when then
            assertThat(asks(encrypted, "select 1")).isEqualTo("1");
            assertThat(asks(clerk, "select 2")).isEqualTo("2");
            assertThatThrownBy(() -> connect(pooler, "app", "wrong"))
                    .hasMessageContaining("password authentication failed");
            assertThatThrownBy(() -> connect(pooler, "app", "app-secret", "sslmode", "disable"))
                    .hasMessageContaining("not possible without encryption");
        }
    }

    @Test
    void bytesSentAheadOfTheHandshakeAreFatal() {
        // given
        try (var pooler = wish().start();
                var client = pooler.door().connect()) {
            // when
            client.sends(Message.sslRequest(), Message.query("select 1"));

            // then
            assertThat(client.receivesToEnd())
                    .anySatisfy(
                            reply -> assertThat(reply.error()).contains("received unencrypted data after SSL request"));
        }
    }

    @Test
    void directTlsHasToNameItsProtocol() throws IOException, GeneralSecurityException {
        // given
        try (var pooler = wish().start();
                var socket = handshake(pooler)) {
            // when
            socket.startHandshake();
            int answer = socket.getInputStream().read();

            // then
            assertThat(answer).isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @CsvSource({"native, TLSv1.3", "native, TLSv1.2", "jdk, TLSv1.3", "jdk, TLSv1.2"})
    void sessionIsResumed(String provider, String version) throws IOException, GeneralSecurityException {
        // given
        System.setProperty("pooler.tls.provider", provider);
        try (var pooler = wish().start()) {
            var context = trusting();
            long first = session(context, pooler, version);

            // when
            long second = session(context, pooler, version);

            // then
            assertThat(second).isEqualTo(first);
        }
    }

    /// When the session began that this connection uses.
    private static long session(SSLContext context, PoolerFixture pooler, String version) throws IOException {
        try (var socket = (SSLSocket) context.getSocketFactory()
                .createSocket("127.0.0.1", pooler.door().port())) {
            socket.setSoTimeout(30_000);
            socket.setEnabledProtocols(new String[] {version});
            var parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {"postgresql"});
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            socket.getOutputStream()
                    .write(Message.startup(Map.of("user", "app", "database", "shop"))
                            .bytes());
            assertThat(socket.getInputStream().read()).isEqualTo('R'); // with it come TLS 1.3's tickets
            return socket.getSession().getCreationTime();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "jdk"})
    void brokenRecordEndsItsClientAndIsNoFaultOfOurs(String provider) throws IOException, GeneralSecurityException {
        // given
        System.setProperty("pooler.tls.provider", provider);
        var rules = "{content: \"hostssl all all all trust\"}";
        try (var errors = HeardLog.of("io.pgdoorman", Level.ERROR);
                var pooler = wish().general("pg_hba", rules).serverPasswords().start();
                var plain = new Socket(pooler.door().host(), pooler.door().port());
                var socket = (SSLSocket)
                        trusting().getSocketFactory().createSocket(plain, "localhost", plain.getPort(), false)) {
            plain.setSoTimeout(30_000);
            var parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {"postgresql"});
            socket.setSSLParameters(parameters);
            socket.getOutputStream()
                    .write(Message.startup(Map.of("user", "app", "database", "shop"))
                            .bytes());
            var said = new StringBuilder();
            while (said.indexOf("Z\0\0\0\5I") < 0) {
                said.append((char) socket.getInputStream().read());
            }

            // when
            plain.getOutputStream().write(new byte[] {
                0x17, 3, 3, 0, 20, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20
            });
            plain.getInputStream().transferTo(OutputStream.nullOutputStream());

            // then
            assertThat(errors.lines()).isEmpty();
        }
    }

    @Test
    void olderTlsIsRefusedWhereItIsTooOld() throws SQLException, IOException, GeneralSecurityException {
        // given
        try (var pooler = wish().general("tls_min_version", "\"1.3\"").start();
                var modern = connect(pooler, "app", "app-secret");
                var older = handshake(pooler)) {
            // when
            older.setEnabledProtocols(new String[] {"TLSv1.2"});

            // then
            assertThat(asks(modern, "select 1")).isEqualTo("1");
            assertThatThrownBy(older::startHandshake).isInstanceOf(IOException.class);
        }
    }

    @Test
    void certificateRotatesUnderOpenConnectionsAndABadPairChangesNothing() throws Exception {
        // given: as Kubernetes lays a Secret, behind a link that is swapped
        var first = authority.issues(Claims.of("CN=pooler", "localhost", "127.0.0.1"));
        var second = authority.issues(Claims.of("CN=pooler", "localhost", "127.0.0.1"));
        swap("data1", first, first);
        var data = folder.resolve("data");
        try (var pooler = PoolerFixture.wish()
                        .general("tls_certificate", data.resolve("tls.crt").toString())
                        .general("tls_private_key", data.resolve("tls.key").toString())
                        .start();
                var before = connect(pooler, "app", "app-secret")) {
            assertThat(shown(pooler).getSerialNumber())
                    .isEqualTo(first.certificate().getSerialNumber());

            // when: a certificate with another's key
            swap("data2", second, first);

            // then
            Eventually.isTrue(
                    "the bad pair was seen", () -> certificates(pooler).contains("does not belong to"));
            assertThat(shown(pooler).getSerialNumber())
                    .isEqualTo(first.certificate().getSerialNumber());

            // when
            swap("data3", second, second);

            // then
            Eventually.isTrue(
                    "new certificate is shown",
                    () -> shown(pooler)
                            .getSerialNumber()
                            .equals(second.certificate().getSerialNumber()));
            assertThat(asks(before, "select 1")).isEqualTo("1");
            assertThat(certificates(pooler))
                    .contains(
                            "client|",
                            "CN=pooler",
                            second.certificate().getSerialNumber().toString(16))
                    .endsWith("|null|");
        }
    }

    @Test
    void certificateOfAnybodyDoesNotOpenTheConsole() {
        // given
        authority.issues(Claims.of("CN=app@example.com")).write(folder, "anybody");
        try (var pooler = wishForCertificates().start()) {
            var url = pooler.door().jdbcUrl().replaceFirst("/[^/]*$", "/pgdoorman");

            // when then
            assertThatThrownBy(() -> connectWith(url, "app", "", "anybody").close())
                    .hasMessageContaining("not the one of the console");
        }
    }

    @Test
    void keyOfAnotherCertificateStopsTheStart() {
        // given
        authority.issues(Claims.of("CN=other")).write(folder, "other");
        var wish = wish().general("tls_private_key", folder.resolve("other.key").toString());

        // when then
        assertThatThrownBy(wish::start).hasMessageContaining("does not belong to the certificate");
    }

    /// The console's table.
    private static String certificates(PoolerFixture pooler) throws SQLException {
        var url = pooler.door().jdbcUrl().replaceFirst("/[^/]*$", "/pgdoorman") + "?preferQueryMode=simple";
        var text = new StringBuilder();
        try (var connection = DriverManager.getConnection(url, PoolerFixture.ADMIN, PoolerFixture.ADMIN_PASSWORD);
                var statement = connection.createStatement();
                var rows = statement.executeQuery("show certificates")) {
            while (rows.next()) {
                for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                    text.append(rows.getString(i)).append('|');
                }
            }
        }
        return text.toString();
    }

    private void swap(String name, Papers certificate, Papers key) throws IOException {
        var target = Files.createDirectory(folder.resolve(name));
        Files.writeString(target.resolve("tls.crt"), Papers.pem(certificate.certificate()));
        Files.writeString(target.resolve("tls.key"), Papers.pem(key.key()));
        var link = Files.createSymbolicLink(folder.resolve(name + ".link"), target);
        Files.move(link, folder.resolve("data"), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    /// The certificate that a new connection sees.
    private X509Certificate shown(PoolerFixture pooler) throws IOException, GeneralSecurityException {
        try (var socket = handshake(pooler)) {
            socket.startHandshake();
            return (X509Certificate) socket.getSession().getPeerCertificates()[0];
        }
    }

    /// Direct TLS without a protocol name.
    private SSLSocket handshake(PoolerFixture pooler) throws IOException, GeneralSecurityException {
        var context = trusting();
        var plain = new Socket(pooler.door().host(), pooler.door().port());
        plain.setSoTimeout(30_000);
        return (SSLSocket) context.getSocketFactory()
                .createSocket(plain, "localhost", pooler.door().port(), true);
    }

    private SSLContext trusting() throws IOException, GeneralSecurityException {
        var trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        trusted.setCertificateEntry("ca", authority.certificate());
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        var context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    @Test
    void nothingIsReadBetweenTheRequestAndItsAnswer() {
        // given: two handshakes before have taken the turns of this second and the next
        try (var pooler = wish().general("tls_rate_limit_per_second", "1").start();
                var first = pooler.door().connect();
                var second = pooler.door().connect();
                var client = pooler.door().connect()) {
            first.sends(Message.sslRequest()).receivesByte();
            second.sends(Message.sslRequest());
            client.sends(Message.sslRequest());
            assertThat(client.hearsNothingFor(50)).isTrue();

            // when
            client.sends(Message.startup(Map.of("user", "app", "database", "shop")));

            // then
            assertThat(client.receivesToEnd())
                    .anySatisfy(
                            reply -> assertThat(reply.error()).contains("received unencrypted data after SSL request"));
        }
    }

    @Test
    void handshakeWhoseTurnWouldComeTooLateIsRefusedAtOnce() {
        // given
        try (var pooler = wish().general("tls_rate_limit_per_second", "1")
                        .general("client_login_timeout", "1500")
                        .start();
                var first = pooler.door().connect();
                var second = pooler.door().connect();
                var third = pooler.door().connect()) {
            first.sends(Message.sslRequest()).receivesByte();
            second.sends(Message.sslRequest());
            assertThat(second.hearsNothingFor(50)).isTrue();

            // when
            third.sends(Message.sslRequest());

            // then
            assertThat(third.receivesToEnd())
                    .anySatisfy(reply -> assertThat(reply.error()).contains("53300", "too many TLS handshakes"));
        }
    }
}
