package io.pgdoorman.pooler.script;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.pgdoorman.pooler.auth.AuthException;
import io.pgdoorman.pooler.auth.Md5Auth;
import io.pgdoorman.pooler.auth.ScramClient;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A raw frontend on a blocking socket: sends what the script says and keeps all that comes back.
///
/// Each wait ends after [#PATIENCE_MILLIS] with what was received so far. Used by one thread.
public final class WireClient implements AutoCloseable {
    /// Longer than anything waits on a busy machine, shorter than a human does.
    public static final int PATIENCE_MILLIS = 30_000;

    private static final int AUTH_OK = 0;
    private static final int AUTH_CLEARTEXT = 3;
    private static final int AUTH_MD5 = 5;
    private static final int AUTH_SASL = 10;
    private static final int AUTH_SASL_CONTINUE = 11;
    private static final int AUTH_SASL_FINAL = 12;

    private final Door door;
    private final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;
    private final List<Reply> transcript = new ArrayList<>();
    private byte[] key = new byte[0];
    private Cut cut = new Cut.Whole();
    private int patienceMillis = PATIENCE_MILLIS;
    private int protocol = 0x30000;
    private String negotiations = "";

    private WireClient(Door door, Socket socket) throws IOException {
        this.door = door;
        this.socket = socket;
        this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16));
        this.out = socket.getOutputStream();
    }

    static WireClient connect(Door door) {
        try {
            var socket = new Socket();
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.connect(new InetSocketAddress(door.host(), door.port()), PATIENCE_MILLIS);
            return new WireClient(door, socket);
        } catch (IOException e) {
            throw new UncheckedIOException("connect to " + door, e);
        }
    }

    /// From now on each byte is a packet of its own.
    public WireClient byteByByte() {
        return cut(new Cut.ByteByByte());
    }

    /// From now on each write is cut into pieces that way.
    public WireClient cut(Cut pieces) {
        cut = pieces;
        return this;
    }

    /// From now on each wait ends after that time.
    public WireClient patience(Duration patience) {
        patienceMillis = (int) patience.toMillis();
        patient();
        return this;
    }

    /// The version that the startup packet asks for, for example 0x30002.
    public WireClient protocol(int version) {
        protocol = version;
        return this;
    }

    /// The bodies of all NegotiateProtocolVersion messages.
    public String negotiations() {
        return negotiations;
    }

    /// Sends the messages in one write.
    public WireClient sends(Message... messages) {
        var body = new Message.Body();
        for (var message : messages) {
            body.raw(message.bytes());
        }
        try {
            writes(body.bytes());
        } catch (IOException e) {
            throw failed("sending " + Arrays.toString(messages), e);
        }
        return this;
    }

    /// Sends if the other side still listens; a peer that closed meanwhile is no failure.
    public WireClient sendsIfOpen(Message... messages) {
        try {
            for (var message : messages) {
                writes(message.bytes());
            }
        } catch (IOException _) {
            transcript.add(new Reply('!', "closed"));
        }
        return this;
    }

    private void writes(byte[] bytes) throws IOException {
        cut.write(out, bytes);
    }

    /// The next message.
    public Reply receives() {
        try {
            char tag = (char) in.readUnsignedByte();
            int length = in.readInt();
            if (length < Integer.BYTES) {
                throw new IOException("length " + length + " after '" + tag + "'");
            }
            byte[] body = in.readNBytes(length - Integer.BYTES);
            if (body.length < length - Integer.BYTES) {
                throw new EOFException("only " + body.length + " bytes of a message '" + tag + "' of " + length);
            }
            var reply = new Reply(tag, new String(body, ISO_8859_1));
            transcript.add(reply);
            return reply;
        } catch (IOException e) {
            throw failed("waiting for a message", e);
        }
    }

    /// That many messages.
    public List<Reply> receives(int count) {
        List<Reply> replies = new ArrayList<>();
        while (replies.size() < count) {
            replies.add(receives());
        }
        return replies;
    }

    /// All messages up to the next ReadyForQuery.
    public List<Reply> receivesReady() {
        return receivesUntil('Z');
    }

    /// All messages up to that many ReadyForQuery.
    public List<Reply> receivesReady(int count) {
        List<Reply> replies = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            replies.addAll(receivesReady());
        }
        return replies;
    }

    /// All messages up to the first with that tag.
    public List<Reply> receivesUntil(char tag) {
        List<Reply> replies = new ArrayList<>();
        do {
            replies.add(receives());
        } while (replies.getLast().tag() != tag);
        return replies;
    }

    /// One byte without a header, as the answer to SSLRequest; -1 if the other side closed.
    public int receivesByte() {
        try {
            int answer = in.read();
            transcript.add(new Reply('!', "byte " + answer));
            return answer;
        } catch (IOException e) {
            throw failed("waiting for a byte", e);
        }
    }

    /// All messages until the other side closes, whichever way it does.
    public List<Reply> receivesToEnd() {
        int before = transcript.size();
        try {
            while (isOpen()) {
                receives();
            }
        } catch (UncheckedIOException e) {
            if (!(e.getCause() instanceof EOFException || e.getCause() instanceof SocketException)) {
                throw e;
            }
        }
        return List.copyOf(transcript.subList(before, transcript.size()));
    }

    private boolean isOpen() {
        try {
            return peek() >= 0;
        } catch (SocketException _) {
            return false;
        } catch (IOException e) {
            throw failed("waiting for the end", e);
        }
    }

    private int peek() throws IOException {
        in.mark(1);
        int next = in.read();
        in.reset();
        return next;
    }

    /// Whether nothing at all comes for a while; for what must not happen, so it may say yes too early, never
    /// no too late.
    public boolean hearsNothingFor(int millis) {
        try {
            socket.setSoTimeout(millis);
            peek();
            return false;
        } catch (SocketTimeoutException _) {
            return true;
        } catch (IOException e) {
            throw failed("listening", e);
        } finally {
            patient();
        }
    }

    /// Simple query: all messages up to ReadyForQuery.
    public List<Reply> asks(String sql) {
        return sends(Message.query(sql)).receivesReady();
    }

    /// Simple query: the first column of the first row.
    public String asksOne(String sql) {
        var replies = asks(sql);
        return replies.stream()
                .filter(reply -> reply.tag() == 'D')
                .findFirst()
                .orElseThrow(() -> new AssertionError(sql + " gave " + replies))
                .firstColumn();
    }

    /// Logs in and insists on success.
    public WireClient loggedIn(String user, String password, String database, Map<String, String> more) {
        var replies = logsIn(user, password, database, more);
        if (replies.getLast().tag() != 'Z') {
            throw new AssertionError("login to " + door + " as " + user + " gave " + replies);
        }
        return this;
    }

    /// Sends a startup packet, answers what is asked, and gives what comes after that up to ReadyForQuery or
    /// the end. Of the exchange itself only a refusal goes to the transcript: how PostgreSQL and the pooler ask
    /// may differ.
    public List<Reply> logsIn(String user, String password, String database, Map<String, String> more) {
        Secrets.all().know(password);
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("user", user);
        parameters.put("database", database);
        parameters.put("application_name", "pg_doorman"); // the pooler's own, so that a reset changes nothing
        parameters.putAll(more);
        int before = transcript.size();
        sends(Message.startup(protocol, parameters));
        try {
            authenticates(user, password);
        } catch (AuthException e) {
            throw new AssertionError("login to " + door + " as " + user + ": " + e + " " + e.detail(), e);
        }
        transcript.subList(before, transcript.size()).removeIf(reply -> reply.tag() == 'R' && code(reply) != AUTH_OK);
        boolean refused = !transcript.isEmpty() && transcript.getLast().tag() == 'E';
        var replies = refused ? receivesToEnd() : receivesToReadyOrEnd();
        replies.stream().filter(reply -> reply.tag() == 'K').forEach(reply -> key = reply.bytes());
        return List.copyOf(transcript.subList(before, transcript.size()));
    }

    private List<Reply> receivesToReadyOrEnd() {
        int before = transcript.size();
        while (isOpen() && receives().tag() != 'Z') {
            // the loop's condition does all
        }
        return List.copyOf(transcript.subList(before, transcript.size()));
    }

    private void authenticates(String user, String password) throws AuthException {
        var scram = ScramClient.withPassword(user, password);
        for (var reply = receives(); reply.tag() == 'R' || reply.tag() == 'v'; reply = receives()) {
            if (reply.tag() == 'v') {
                negotiations += reply.body();
                continue;
            }
            byte[] data = Arrays.copyOfRange(reply.bytes(), Integer.BYTES, reply.bytes().length);
            switch (code(reply)) {
                case AUTH_OK -> {
                    return;
                }
                case AUTH_CLEARTEXT -> sends(Message.password(cString(password.getBytes(UTF_8))));
                case AUTH_MD5 -> sends(Message.password(cString(Md5Auth.response(Md5Auth.hash(user, password), data))));
                case AUTH_SASL -> sends(Message.saslInitial("SCRAM-SHA-256", scram.first()));
                case AUTH_SASL_CONTINUE -> sends(Message.password(scram.last(data)));
                case AUTH_SASL_FINAL -> scram.verify(data);
                default -> throw new AssertionError("asked for authentication " + code(reply));
            }
        }
    }

    private static int code(Reply reply) {
        return ByteBuffer.wrap(reply.bytes()).getInt();
    }

    private static byte[] cString(byte[] text) {
        return Arrays.copyOf(text, text.length + 1);
    }

    /// The body of BackendKeyData, for [Message#cancelRequest(byte[])].
    public byte[] key() {
        return key.clone();
    }

    /// Where this client is connected to.
    public Door door() {
        return door;
    }

    /// All that came back so far.
    public List<Reply> transcript() {
        return List.copyOf(transcript);
    }

    /// From here on the transcript begins anew.
    public void forgetsTranscript() {
        transcript.clear();
    }

    /// Closes with a FIN and no Terminate.
    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw failed("closing", e);
        }
    }

    /// Vanishes with a RST, as a killed process with unread data does.
    public void vanishes() {
        try {
            socket.setSoLinger(true, 0);
        } catch (SocketException e) {
            throw failed("vanishing", e);
        }
        close();
    }

    /// Tells that nothing more will be sent, and goes on reading.
    public WireClient halfCloses() {
        try {
            socket.shutdownOutput();
        } catch (IOException e) {
            throw failed("closing half", e);
        }
        return this;
    }

    private void patient() {
        try {
            socket.setSoTimeout(patienceMillis);
        } catch (SocketException e) {
            throw failed("setting a timeout", e);
        }
    }

    private UncheckedIOException failed(String what, IOException cause) {
        return new UncheckedIOException(door.name() + ": " + what + " after " + transcript, cause);
    }
}
