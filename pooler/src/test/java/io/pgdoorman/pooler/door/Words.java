package io.pgdoorman.pooler.door;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.pgdoorman.pooler.auth.AuthException;
import io.pgdoorman.pooler.auth.Md5Auth;
import io.pgdoorman.pooler.auth.ScramClient;
import io.pgdoorman.pooler.script.Message;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the deeds of one visit say, byte for byte; some answer what was heard before.
final class Words {
    private static final String PLUS = "plus";

    private final Peer.Papers papers;
    private byte[] heard = new byte[0];
    private byte[] endPoint = new byte[0];
    private @Nullable ScramClient scram;

    Words(Peer.Papers papers) {
        this.papers = papers;
    }

    /// The body of the pooler's last message.
    void heard(byte[] body) {
        heard = body;
    }

    /// What the pooler showed in the handshake.
    void bindTo(Certificate certificate) {
        try {
            endPoint = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    byte[] of(Deed deed) throws AuthException {
        var words = deed.words().split(" ", 3);
        return switch (deed.verb()) {
            case BYTES, BENEATH -> deed.words().translateEscapes().getBytes(ISO_8859_1);
            case HEX -> HexFormat.of().parseHex(deed.words().replace(" ", ""));
            case STARTUP -> startup(deed.words()).bytes();
            case MESSAGE ->
                Message.tagged(
                                words[0].charAt(0),
                                rest(deed, 2).translateEscapes().getBytes(ISO_8859_1))
                        .bytes();
            case SASL ->
                Message.saslInitial(
                                words[0],
                                rest(deed, words[0].length() + 1)
                                        .translateEscapes()
                                        .getBytes(ISO_8859_1))
                        .bytes();
            case SCRAM_FIRST -> scramFirst(words).bytes();
            case SCRAM_LAST -> Message.password(scramLast()).bytes();
            case MD5 -> {
                byte[] salt =
                        Arrays.copyOfRange(Arrays.copyOf(heard, 2 * Integer.BYTES), Integer.BYTES, 2 * Integer.BYTES);
                yield cString(Md5Auth.response(Md5Auth.hash(words[0], words[1]), salt))
                        .bytes();
            }
            case TOKEN -> cString(papers.tokenOf(words[0]).getBytes(UTF_8)).bytes();
            case BEARER ->
                Message.saslInitial(
                                "OAUTHBEARER",
                                ("n,,\1auth=Bearer " + papers.tokenOf(words[0]) + "\1\1").getBytes(UTF_8))
                        .bytes();
            case TLS, HEAR_BYTE, HEAR, HEAR_READY, FIN, RESET ->
                throw new IllegalStateException(deed + " says nothing");
        };
    }

    private static String rest(Deed deed, int from) {
        return deed.words().substring(Math.min(from, deed.words().length()));
    }

    private static Message startup(String words) {
        Map<String, String> parameters = new LinkedHashMap<>();
        int protocol = 0x30000;
        for (var word : words.split(" ")) {
            var pair = word.split("=", 2);
            if (pair[0].equals("protocol")) {
                protocol = Integer.decode(pair[1]);
            } else {
                parameters.put(pair[0], pair[1].translateEscapes());
            }
        }
        return Message.startup(protocol, parameters);
    }

    private Message scramFirst(String[] words) {
        var begun = ScramClient.withPassword(words[0], words[1]);
        scram = begun;
        if (words.length == 3 && words[2].equals(PLUS)) {
            begun.bindTo(ScramClient.Binding.of(endPoint));
            return Message.saslInitial("SCRAM-SHA-256-PLUS", begun.first());
        }
        return Message.saslInitial("SCRAM-SHA-256", begun.first());
    }

    private byte[] scramLast() throws AuthException {
        var begun = scram;
        return begun == null
                ? "c=biws,r=none,p=none".getBytes(ISO_8859_1)
                : begun.last(Arrays.copyOfRange(heard, Math.min(Integer.BYTES, heard.length), heard.length));
    }

    private static Message cString(byte[] text) {
        return Message.password(Arrays.copyOf(text, text.length + 1));
    }
}
