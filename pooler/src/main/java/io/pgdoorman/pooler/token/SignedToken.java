package io.pgdoorman.pooler.token;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.util.Base64URL;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.List;
import java.util.Objects;

/// A token as it was sent: three parts, of which only the small first one was looked into. What the second says is
/// read by nobody before the signature is found good.
final class SignedToken {
    /// Longest token; what the door takes in one message is about as long.
    static final int MAX_LENGTH = 16 * 1024;

    /// A header has `alg`, `typ`, `kid` and maybe a thumbprint; of a kilobyte even hostile nesting is harmless.
    private static final int MAX_HEADER = 1024;

    private static final int MAX_KEY_ID = 256;

    private final JWSHeader header;
    private final Algorithm algorithm;
    private final String payload;
    private final String signature;

    private SignedToken(JWSHeader header, Algorithm algorithm, String payload, String signature) {
        this.header = header;
        this.algorithm = algorithm;
        this.payload = payload;
        this.signature = signature;
    }

    /// Refuses what is no token, by lengths and characters first.
    static SignedToken parse(String text, List<Algorithm> allowed) throws TokenException {
        if (text.length() > MAX_LENGTH) {
            throw TokenException.forged("a token of " + text.length() + " characters: expected at most " + MAX_LENGTH);
        }
        int first = text.indexOf('.');
        int second = text.indexOf('.', first + 1);
        if (first <= 0 || second <= first + 1 || second == text.length() - 1) {
            throw TokenException.forged("no token: expected three parts with dots between them");
        }
        if (first > MAX_HEADER) {
            throw TokenException.forged("a header of " + first + " characters: expected at most " + MAX_HEADER);
        }
        for (int i = 0; i < text.length(); i++) {
            if (i != first && i != second && !isBase64Url(text.charAt(i))) {
                throw TokenException.forged("no token: a character that is not of base64url");
            }
        }
        var header = header(text.substring(0, first));
        return new SignedToken(
                header, algorithm(header, allowed), text.substring(first + 1, second), text.substring(second + 1));
    }

    private static JWSHeader header(String part) throws TokenException {
        try {
            var header = JWSHeader.parse(new Base64URL(part));
            var id = header.getKeyID();
            if (id != null && id.length() > MAX_KEY_ID) {
                throw TokenException.forged("a kid of " + id.length() + " characters: expected at most " + MAX_KEY_ID);
            }
            if (header.getCriticalParams() != null) {
                throw TokenException.forged("a header with crit, of which nothing is understood");
            }
            return header;
        } catch (ParseException | IllegalArgumentException e) {
            throw TokenException.forged("a header that cannot be read: " + e.getMessage());
        }
    }

    private static Algorithm algorithm(JWSHeader header, List<Algorithm> allowed) throws TokenException {
        var word = header.getAlgorithm().getName();
        return Algorithm.of(word)
                .filter(allowed::contains)
                .orElseThrow(() -> TokenException.forged("algorithm \"" + word + "\": expected one of "
                        + allowed.stream().map(Algorithm::word).toList()));
    }

    private static boolean isBase64Url(char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    }

    /// The name of the key that signed; empty where it names none.
    String keyId() {
        return Objects.requireNonNullElse(header.getKeyID(), "");
    }

    /// What it says, once one of the keys is found to have signed it.
    Claims verified(KeySet keys) throws TokenException {
        var candidates = keys.fitting(keyId(), algorithm);
        if (candidates.isEmpty()) {
            throw TokenException.forged("no key for kid \"" + keyId() + "\" and " + algorithm.word());
        }
        var signed = (header.toBase64URL() + "." + payload).getBytes(StandardCharsets.US_ASCII);
        for (var key : candidates) {
            if (isSignedBy(key, signed)) {
                return Claims.parse(new Base64URL(payload).decodeToString());
            }
        }
        throw TokenException.forged("the signature is of none of the issuer's keys");
    }

    private boolean isSignedBy(VerificationKey key, byte[] signed) throws TokenException {
        try {
            return key.verifier().verify(header, signed, new Base64URL(signature));
        } catch (JOSEException e) {
            throw TokenException.forged("the signature cannot be verified: " + e.getMessage());
        }
    }
}
