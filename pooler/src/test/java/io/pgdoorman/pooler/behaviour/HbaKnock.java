package io.pgdoorman.pooler.behaviour;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pgdoorman.pooler.hba.HbaRequest;
import io.pgdoorman.pooler.script.TrustsAnybody;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/// What a server, PostgreSQL or the pooler, answers to somebody who comes in.
///
/// @param listens the address to come to, or null for the one that the client has
record HbaKnock(int port, Path socket, @Nullable InetAddress listens) {
    private static final int PATIENCE_MILLIS = 30_000;
    private static final int SSL_REQUEST = 80877103;
    private static final int PROTOCOL_3_0 = 196608;

    /// What a client is asked first: nothing, md5, scram; or it is rejected, or has no entry, or its certificate is
    /// not there or not the right one.
    ///
    /// @param papers shows a certificate over TLS; null for none
    String asksOf(HbaRequest request, KeyManager @Nullable [] papers) throws IOException {
        var address = request.address();
        if (address == null) {
            try (var channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
                channel.connect(UnixDomainSocketAddress.of(socket));
                channel.write(ByteBuffer.wrap(startup(request)));
                return answer(new DataInputStream(Channels.newInputStream(channel)));
            }
        }
        try (var socket = new Socket()) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.bind(new InetSocketAddress(address, 0));
            socket.connect(new InetSocketAddress(listens == null ? address : listens, port));
            return request.tls() ? answerOverTls(socket, request, papers) : answer(socket, request);
        }
    }

    private static String answer(Socket socket, HbaRequest request) throws IOException {
        socket.getOutputStream().write(startup(request));
        return answer(new DataInputStream(socket.getInputStream()));
    }

    private static String answerOverTls(Socket socket, HbaRequest request, KeyManager @Nullable [] papers)
            throws IOException {
        socket.getOutputStream()
                .write(ByteBuffer.allocate(8).putInt(8).putInt(SSL_REQUEST).array());
        if (socket.getInputStream().read() != 'S') {
            throw new IllegalStateException("there is no TLS");
        }
        try (var tls = trustsAnybody(papers).createSocket(socket, "db", socket.getPort(), false)) {
            return answer(tls, request);
        }
    }

    private static SSLSocketFactory trustsAnybody(KeyManager @Nullable [] papers) {
        try {
            var context = SSLContext.getInstance("TLS");
            context.init(papers, new TrustManager[] {new TrustsAnybody()}, null);
            return context.getSocketFactory();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] startup(HbaRequest request) {
        var fields = new ArrayList<>(List.of("user", request.user(), "database", request.database()));
        if (request.physicalReplication()) {
            fields.addAll(List.of("replication", "true"));
        }
        byte[] body = (String.join("\0", fields) + "\0\0").getBytes(UTF_8);
        return ByteBuffer.allocate(8 + body.length)
                .putInt(8 + body.length)
                .putInt(PROTOCOL_3_0)
                .put(body)
                .array();
    }

    private static String answer(DataInputStream in) throws IOException {
        char tag = (char) in.readUnsignedByte();
        byte[] body = in.readNBytes(in.readInt() - Integer.BYTES);
        if (tag == 'R') {
            return switch (ByteBuffer.wrap(body).getInt()) {
                case 0 -> "nothing";
                case 3 -> "password";
                case 5 -> "md5";
                case 10 -> "scram";
                default -> "something else";
            };
        }
        var text = new String(body, UTF_8);
        if (text.contains("requires a valid client certificate")) {
            return "certificate";
        }
        if (text.contains("authentication failed for user")) {
            return "somebody else";
        }
        return text.contains("rejects") ? "rejected" : text.contains("no pg_hba.conf entry") ? "no entry" : text;
    }
}
