package io.pgdoorman.pooler.auth;

import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The server's side of one SCRAM-SHA-256 exchange (RFC 5802, 7677): checks the client's proof against a
/// verifier and recovers the ClientKey from it, which later logs in to PostgreSQL in the client's place.
///
/// ```
/// FIRST ──first()──► LAST ──last()──► DONE
/// ```
/// Used once, by one thread.
public final class ScramServer {
    /// PostgreSQL's limit of a SASL message, here too because the sender has not proven anything yet.
    public static final int MAX_MESSAGE = 1024;

    private static final String END_POINT = "tls-server-end-point";
    private static final int NONCE_BYTES = 18;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Verifier.Scram verifier;
    private final boolean mock;
    private final String ownNonce;
    private final Binding binding;
    private @Nullable Exchange exchange;
    private boolean done;
    private @Nullable Claim claim;

    /// What is left of the first round for the second.
    private record Exchange(String clientFirstBare, String serverFirst, String nonce, String channelBinding) {}

    /// What the client claims to know, and how it shows it.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Claim(String authMessage, byte[] proof) {}

    /// What SCRAM-SHA-256-PLUS binds to (RFC 5929, `tls-server-end-point`).
    ///
    /// @param offered whether the client was told of it; then it may not pretend that we lack it
    /// @param chosen whether the client chose it
    @SuppressWarnings("ArrayRecordComponent") // never compared as a record
    public record Binding(boolean offered, boolean chosen, byte[] data) {
        /// Without TLS.
        public static final Binding NONE = new Binding(false, false, new byte[0]);
    }

    /// How the exchange ended.
    public sealed interface Outcome {}

    /// The client knows the password: `serverFinal` is to be sent with AuthenticationSASLFinal.
    @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
    public record Accepted(byte[] serverFinal, byte[] clientKey) implements Outcome {
        @Override
        public String toString() {
            return "Accepted[***]";
        }
    }

    /// Wrong password or unknown user: the same answer for both.
    public record Rejected() implements Outcome {}

    /// With `mock` the exchange runs to its end as any other and is then rejected.
    public ScramServer(Verifier.Scram verifier, boolean mock) {
        this(verifier, mock, Binding.NONE);
    }

    /// Over TLS.
    public ScramServer(Verifier.Scram verifier, boolean mock, Binding binding) {
        this(verifier, mock, binding, newNonce());
    }

    ScramServer(Verifier.Scram verifier, boolean mock, String ownNonce) {
        this(verifier, mock, Binding.NONE, ownNonce);
    }

    private ScramServer(Verifier.Scram verifier, boolean mock, Binding binding, String ownNonce) {
        this.verifier = verifier;
        this.mock = mock;
        this.binding = binding;
        this.ownNonce = ownNonce;
    }

    /// Takes client-first-message, gives server-first-message.
    public byte[] first(byte[] clientFirst) throws AuthException {
        if (exchange != null || done) {
            throw new IllegalStateException("client-first-message was read before");
        }
        done = true; // until the message is read without a fault
        ScramText text = new ScramText(clientFirst, MAX_MESSAGE);
        String channelBinding = gs2Header(text);
        int bare = text.position();
        if (text.peek() == 'm') {
            throw unsupported("client requires an unsupported SCRAM extension");
        }
        text.attribute('n'); // PostgreSQL takes the user of the startup packet, so do we
        String nonce = text.attribute('r');
        if (nonce.isEmpty() || !nonce.chars().allMatch(c -> c >= 0x21 && c <= 0x7e)) {
            throw new AuthException("08P01", "non-printable characters in SCRAM nonce", null);
        }
        while (!text.atEnd()) {
            text.anyAttribute();
        }
        String fullNonce = nonce + ownNonce;
        String serverFirst =
                "r=" + fullNonce + ",s=" + Base64Text.encode(verifier.salt()) + ",i=" + verifier.iterations();
        exchange = new Exchange(text.from(bare), serverFirst, fullNonce, channelBinding);
        done = false;
        return ScramText.bytes(serverFirst);
    }

    /// Takes client-final-message, checks the proof in constant time.
    public Outcome last(byte[] clientFinal) throws AuthException {
        Exchange now = exchange;
        if (now == null || done) {
            throw new IllegalStateException("client-final-message comes once, after client-first-message");
        }
        done = true;
        ScramText text = new ScramText(clientFinal, MAX_MESSAGE);
        String channelBinding = text.attribute('c');
        String nonce = text.attribute('r');
        int proofAt = text.position();
        while (text.peek() != 'p') {
            text.anyAttribute();
            proofAt = text.position();
        }
        byte[] proof = Base64Text.decode(text.attribute('p'));
        if (proof == null || proof.length != Crypto.KEY_LENGTH) {
            throw AuthException.malformed("Malformed proof in client-final-message.");
        }
        if (!text.atEnd()) {
            throw AuthException.malformed("Garbage found at the end of client-final-message.");
        }
        if (!MessageDigest.isEqual(ScramText.bytes(channelBinding), ScramText.bytes(now.channelBinding()))) {
            if (binding.chosen()) {
                throw new AuthException("28000", "SCRAM channel binding check failed", null);
            }
            throw new AuthException(
                    "08P01", "unexpected SCRAM channel-binding attribute in client-final-message", null);
        }
        if (!nonce.equals(now.nonce())) {
            throw new AuthException("08P01", "invalid SCRAM response", "Nonce does not match.");
        }
        // The comma before the proof is no part of what was signed.
        var made =
                new Claim(now.clientFirstBare() + "," + now.serverFirst() + "," + text.between(0, proofAt - 1), proof);
        claim = made;
        return check(made, verifier);
    }

    /// Whether the proof that was rejected fits another password; it cannot where salt or iterations are others than
    /// those that the client was told.
    public Outcome again(Verifier.Scram other) {
        var made = claim;
        if (made == null) {
            throw new IllegalStateException("nothing was rejected");
        }
        boolean told = other.iterations() == verifier.iterations() && Arrays.equals(other.salt(), verifier.salt());
        return told ? check(made, other) : new Rejected();
    }

    private Outcome check(Claim made, Verifier.Scram stored) {
        byte[] signed = ScramText.bytes(made.authMessage());
        byte[] clientKey = Crypto.xor(made.proof(), Crypto.hmac(stored.storedKey(), signed));
        byte[] serverSignature = Crypto.hmac(stored.serverKey(), signed);
        boolean proven = MessageDigest.isEqual(Crypto.sha256(clientKey), stored.storedKey());
        if (!proven || mock) {
            return new Rejected();
        }
        return new Accepted(ScramText.bytes("v=" + Base64Text.encode(serverSignature)), clientKey);
    }

    /// Reads the header before client-first-message-bare, and gives what `c=` has to repeat.
    private String gs2Header(ScramText text) throws AuthException {
        char flag = text.peek();
        switch (flag) {
            case 'n', 'y' -> {
                text.skip();
                text.comma();
                notBound(flag);
            }
            case 'p' -> bound(text);
            default ->
                throw AuthException.malformed("Unexpected channel-binding flag \"" + ScramText.printable(flag) + "\".");
        }
        if (text.peek() == 'a') {
            throw unsupported("client uses authorization identity, but it is not supported");
        }
        if (text.peek() != ',') {
            throw AuthException.malformed(
                    "Unexpected attribute \"" + ScramText.printable(text.peek()) + "\" in client-first-message.");
        }
        text.skip();
        return Base64Text.encode(flag == 'p' ? header() : ScramText.bytes(flag + ",,"));
    }

    private void notBound(char flag) throws AuthException {
        if (binding.chosen()) {
            throw AuthException.malformed("The client selected SCRAM-SHA-256-PLUS, but the SCRAM message does not "
                    + "include channel binding data.");
        }
        if (flag == 'y' && binding.offered()) {
            // somebody in between may have hidden our offer
            throw new AuthException(
                    "28000",
                    "SCRAM channel binding negotiation error",
                    "The client supports SCRAM channel binding but thinks the server does not.  "
                            + "However, this server does support channel binding.");
        }
    }

    private void bound(ScramText text) throws AuthException {
        if (!binding.chosen()) {
            throw AuthException.malformed("The client selected SCRAM-SHA-256 without channel binding, "
                    + "but the SCRAM message includes channel binding data.");
        }
        String type = text.attribute('p');
        if (!type.equals(END_POINT)) {
            throw new AuthException("08P01", "unsupported SCRAM channel-binding type \"" + type + "\"", null);
        }
    }

    private byte[] header() {
        byte[] words = ScramText.bytes("p=" + END_POINT + ",,");
        byte[] whole = Arrays.copyOf(words, words.length + binding.data().length);
        System.arraycopy(binding.data(), 0, whole, words.length, binding.data().length);
        return whole;
    }

    private static AuthException unsupported(String message) {
        return new AuthException("0A000", message, null);
    }

    private static String newNonce() {
        byte[] nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        return Base64Text.encode(nonce);
    }
}
