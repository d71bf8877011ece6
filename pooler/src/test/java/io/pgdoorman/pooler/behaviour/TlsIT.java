package io.pgdoorman.pooler.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import io.pgdoorman.pooler.script.HeardLog;
import io.pgdoorman.pooler.script.Message;
import io.pgdoorman.pooler.script.PoolerFixture;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.sql.SQLException;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// TLS as drivers use it, with both of its providers.
class TlsIT extends TlsStage {
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
