package io.pgdoorman.e2e.local;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;

/// Who signs tokens, with an Ed25519 key of its own.
public final class TokenIssuer {

    private final String name;
    private final String audience;
    private final KeyPair keys;

    public TokenIssuer(String name, String audience) {
        this.name = name;
        this.audience = audience;
        try {
            keys = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /// As PEM.
    public String publicKey() {
        var pem = Base64.getMimeEncoder().encodeToString(keys.getPublic().getEncoded());
        return "-----BEGIN PUBLIC KEY-----\n" + pem + "\n-----END PUBLIC KEY-----\n";
    }

    /// A token that is good for ten minutes.
    public String token(String user) {
        return token(user, Duration.ofMinutes(10));
    }

    /// @param left until it expires; less than nothing for one that has
    public String token(String user, Duration left) {
        var claims = "{\"iss\":\"%s\",\"aud\":\"%s\",\"preferred_username\":\"%s\",\"exp\":%d}"
                .formatted(name, audience, user, Instant.now().plus(left).getEpochSecond());
        var signed = base64("{\"alg\":\"EdDSA\"}".getBytes(StandardCharsets.US_ASCII)) + "."
                + base64(claims.getBytes(StandardCharsets.US_ASCII));
        try {
            var signature = Signature.getInstance("Ed25519");
            signature.initSign(keys.getPrivate());
            signature.update(signed.getBytes(StandardCharsets.US_ASCII));
            return signed + "." + base64(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
