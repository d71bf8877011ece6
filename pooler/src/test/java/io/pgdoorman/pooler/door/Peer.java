package io.pgdoorman.pooler.door;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.pgdoorman.pooler.auth.AuthException;
import io.pgdoorman.pooler.script.Cut;
import io.pgdoorman.pooler.script.Door;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;

/// Makes one visit, and sees how it ends. Used by one thread.
final class Peer implements AutoCloseable {
    /// Longer than a login may take and a farewell takes, on any machine.
    private static final int BOUND_MILLIS = 90_000;

    /// A bred visit may wait for what nobody sends; then it goes on.
    private static final int PATIENCE_MILLIS = 1000;

    private static final int LONGEST_MESSAGE = 100_000;
    private static final String READY = "Z\0\0\0\5I";
    private static final Pattern SQL_STATE = Pattern.compile("\0C([0-9A-Z]{5})\0M");

    private final Papers papers;
    private final Spoiler socket = new Spoiler();
    private final StringBuilder said = new StringBuilder();
    private Words words;
    private boolean stays = true;
    private InputStream in;
    private OutputStream out;

    /// What it takes to be believed.
    interface Papers {
        /// A good token of a user.
        String tokenOf(String user);

        /// Begins TLS over a socket; the handshake has not run yet.
        SSLSocket encrypts(Spoiler socket) throws IOException;
    }

    Peer(Door door, Papers papers) throws IOException {
        this.papers = papers;
        this.words = new Words(papers);
        socket.setTcpNoDelay(true);
        socket.connect(new InetSocketAddress(door.host(), door.port()), BOUND_MILLIS);
        in = socket.getInputStream();
        out = socket.getOutputStream();
    }

    /// @return `in`, the SQLSTATE of the refusal, or `silently`; `left`, from inside or not, if the peer went first
    /// @throws AssertionError if the pooler neither answers nor ends it
    String visits(Visit visit) throws IOException {
        socket.setSoTimeout(visit.isBred() ? PATIENCE_MILLIS : BOUND_MILLIS);
        var cut = visit.cut() == 0 ? new Cut.Whole() : new Cut.AtRandom(new Random(visit.cut()));
        for (var deed : visit.deeds()) {
            if (deed.verb() == Deed.Verb.RESET) {
                socket.setSoLinger(true, 0);
                return said.indexOf(READY) < 0 ? "left" : "left from inside";
            }
            try {
                does(deed, cut);
            } catch (SocketTimeoutException | EOFException | SSLException _) {
                // it goes on with what it came to do
            } catch (SocketException _) {
                break;
            }
        }
        return end(visit);
    }

    private void does(Deed deed, Cut cut) throws IOException {
        switch (deed.verb()) {
            case HEAR_BYTE -> hearByte();
            case HEAR -> hear();
            case HEAR_READY -> hearReady();
            case FIN -> socket.shutdownOutput();
            case TLS -> encrypt(deed);
            case BENEATH -> cut.write(socket.getOutputStream(), bytes(deed));
            default -> cut.write(out, bytes(deed));
        }
    }

    private byte[] bytes(Deed deed) throws IOException {
        try {
            byte[] meant = words.of(deed);
            return deed.twist() == 0 ? meant : Twist.of(meant, deed.twist());
        } catch (AuthException e) {
            throw new EOFException("what was heard does not fit: " + e.getMessage());
        }
    }

    private void encrypt(Deed deed) throws IOException {
        var encrypted = papers.encrypts(socket);
        encrypted.setSoTimeout(socket.getSoTimeout());
        if (!deed.words().isEmpty()) {
            var parameters = encrypted.getSSLParameters();
            parameters.setApplicationProtocols(deed.words().split(" "));
            encrypted.setSSLParameters(parameters);
        }
        socket.spoils(deed.twist());
        try {
            encrypted.startHandshake();
        } finally {
            socket.spoils(0);
        }
        words.bindTo(encrypted.getSession().getPeerCertificates()[0]);
        in = encrypted.getInputStream();
        out = encrypted.getOutputStream();
    }

    private int hearByte() throws IOException {
        int next = in.read();
        if (next < 0) {
            throw new EOFException("the pooler closed");
        }
        said.append((char) next);
        return next;
    }

    /// @return its tag
    private int hear() throws IOException {
        int tag = hearByte();
        byte[] header = {(byte) hearByte(), (byte) hearByte(), (byte) hearByte(), (byte) hearByte()};
        int length = ByteBuffer.wrap(header).getInt() - Integer.BYTES;
        if (length < 0 || length > LONGEST_MESSAGE) {
            throw new EOFException("no message: the answer to something else");
        }
        byte[] body = in.readNBytes(length);
        said.append(new String(body, ISO_8859_1));
        words.heard(body);
        return tag;
    }

    private void hearReady() throws IOException {
        while (hear() != 'Z') {}
    }

    /// Reads until the pooler closes, or lets this peer in; one that was in goes, and is let go.
    private String end(Visit visit) {
        try {
            socket.setSoTimeout(BOUND_MILLIS);
            stays = !visit.asks();
            if (!stays) {
                socket.shutdownOutput();
            }
            drain(in);
            drain(socket.getInputStream());
        } catch (SocketTimeoutException e) {
            throw new AssertionError("the pooler neither answers nor closes, after " + said + " of " + visit, e);
        } catch (IOException _) {
            // a reset is an end, too
        }
        return ending();
    }

    /// @throws IOException if the connection is no more
    private void drain(InputStream from) throws IOException {
        byte[] buffer = new byte[8192];
        try {
            while (!stays || said.indexOf(READY) < 0) {
                int n = from.read(buffer);
                if (n < 0) {
                    return;
                }
                said.append(new String(Arrays.copyOf(buffer, n), ISO_8859_1));
            }
        } catch (SSLException _) {
            // what is beneath has an end of its own
        }
    }

    private String ending() {
        if (said.indexOf(READY) >= 0) {
            return "in";
        }
        var refusal = SQL_STATE.matcher(said);
        var state = "silently";
        while (refusal.find()) {
            state = refusal.group(1);
        }
        return state;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
