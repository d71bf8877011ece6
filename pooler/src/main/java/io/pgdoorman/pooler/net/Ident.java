package io.pgdoorman.pooler.net;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.regex.Pattern;

/// Who at the other end of a TCP connection has opened it, as that machine itself says (RFC 1413, as in PostgreSQL's
/// `ident_inet`).
public final class Ident {
    private static final int PORT = 113;
    private static final int CONNECT_MILLIS = 3_000;
    private static final int PIECE_MILLIS = 2_000;

    /// An answer is one packet; more pieces than these come from somebody who plays for time.
    private static final int MOST_PIECES = 4;

    /// As PostgreSQL: a user's name of 512 bytes, and what stands before it.
    private static final int LONGEST_ANSWER = 592;

    /// Ports, `USERID`, the system with its character set, the name. What stands behind a return is not looked at.
    private static final Pattern ANSWER = Pattern.compile("[^:\r]*:[ \t]*USERID[ \t]*:[^:\r]*:[ \t]*([^\r]*)\r[^\0]*");

    private Ident() {}

    /// Blocks, for seconds at most.
    ///
    /// @param client its end of the connection
    /// @param ours the other end; its address has to ask, as others are not told of this connection
    /// @return the name
    /// @throws IOException where no name is told
    public static String ownerOf(InetSocketAddress client, InetSocketAddress ours) throws IOException {
        try (var socket = new Socket()) {
            socket.setSoTimeout(PIECE_MILLIS);
            socket.bind(new InetSocketAddress(ours.getAddress(), 0));
            socket.connect(new InetSocketAddress(client.getAddress(), PORT), CONNECT_MILLIS);
            socket.getOutputStream().write((client.getPort() + "," + ours.getPort() + "\r\n").getBytes(US_ASCII));
            return name(answer(socket));
        }
    }

    private static String answer(Socket socket) throws IOException {
        byte[] answer = new byte[LONGEST_ANSWER];
        int length = 0;
        for (int piece = 0; piece < MOST_PIECES && length < answer.length; piece++) {
            int read = socket.getInputStream().read(answer, length, answer.length - length);
            if (read < 0) {
                break;
            }
            length += read;
            if (answer[length - 1] == '\n') {
                return new String(answer, 0, length, UTF_8);
            }
        }
        throw new IOException("the answer does not end");
    }

    static String name(String answer) throws IOException {
        var told = ANSWER.matcher(answer);
        if (!answer.endsWith("\r\n") || !told.matches()) {
            throw new IOException("the answer tells no user: " + answer.strip());
        }
        return told.group(1);
    }
}
