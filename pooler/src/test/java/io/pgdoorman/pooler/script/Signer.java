package io.pgdoorman.pooler.script;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;

/// An issuer of tokens, made with the JDK alone: what the pooler verifies by a library is signed by something else.
///
/// @param id name of the key (`kid`)
/// @param algorithm `RS256`, `ES256` or `EdDSA`
public record Signer(String id, String algorithm, KeyPair keys) {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

    /// One with a new key.
    public static Signer of(String id, String algorithm) {
        try {
            var generator = KeyPairGenerator.getInstance(
                    switch (algorithm) {
                        case "RS256" -> "RSA";
                        case "ES256" -> "EC";
                        case "EdDSA" -> "Ed25519";
                        default -> throw new IllegalArgumentException(algorithm);
                    });
            switch (algorithm) {
                case "RS256" -> generator.initialize(2048);
                case "ES256" -> generator.initialize(new ECGenParameterSpec("secp256r1"));
                default -> {}
            }
            return new Signer(id, algorithm, generator.generateKeyPair());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Claims of a token that is good for an hour.
    public static Map<String, Object> claims(String... more) {
        var claims = new LinkedHashMap<String, Object>();
        claims.put("exp", Instant.now().plus(Duration.ofHours(1)).getEpochSecond());
        for (int i = 0; i < more.length; i += 2) {
            claims.put(more[i], more[i + 1]);
        }
        return claims;
    }

    /// A token that says that.
    public String signs(Map<String, Object> claims) {
        return signs(Map.of("alg", algorithm, "typ", "JWT", "kid", id), json(claims));
    }

    /// A token with any header and payload.
    public String signs(Map<String, Object> header, String payload) {
        var signed = encoded(json(header)) + "." + encoded(payload);
        var token = signed + "." + BASE64.encodeToString(signature(signed.getBytes(StandardCharsets.US_ASCII)));
        Secrets.all().know(token);
        return token;
    }

    private byte[] signature(byte[] signed) {
        try {
            var signature = Signature.getInstance(
                    switch (algorithm) {
                        case "RS256" -> "SHA256withRSA";
                        case "ES256" -> "SHA256withECDSAinP1363Format";
                        default -> "Ed25519";
                    });
            signature.initSign(keys.getPrivate());
            signature.update(signed);
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /// The public key as PEM.
    public String pem() {
        return Papers.pem(keys.getPublic());
    }

    /// Public keys as a JSON Web Key Set.
    public static String jwks(Signer... signers) {
        return json(Map.of("keys", Arrays.stream(signers).map(Signer::jwk).toList()));
    }

    private Map<String, Object> jwk() {
        var key = new LinkedHashMap<String, Object>();
        key.put("kid", id);
        key.put("use", "sig");
        key.put("alg", algorithm);
        PublicKey half = keys.getPublic();
        switch (half) {
            case RSAPublicKey rsa -> {
                key.put("kty", "RSA");
                key.put("n", number(rsa.getModulus()));
                key.put("e", number(rsa.getPublicExponent()));
            }
            case ECPublicKey ec -> {
                key.put("kty", "EC");
                key.put("crv", "P-256");
                key.put("x", number(ec.getW().getAffineX(), 32));
                key.put("y", number(ec.getW().getAffineY(), 32));
            }
            case EdECPublicKey _ -> {
                byte[] encoded = half.getEncoded();
                key.put("kty", "OKP");
                key.put("crv", "Ed25519");
                key.put("x", BASE64.encodeToString(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length)));
            }
            default -> throw new IllegalStateException(half.getAlgorithm());
        }
        return key;
    }

    private static String number(BigInteger value) {
        return number(value, (value.bitLength() + 7) / 8);
    }

    private static String number(BigInteger value, int length) {
        byte[] signed = value.toByteArray();
        byte[] bytes = new byte[length];
        int used = Math.min(length, signed.length);
        System.arraycopy(signed, signed.length - used, bytes, length - used, used);
        return BASE64.encodeToString(bytes);
    }

    /// A part of a token.
    public static String encoded(String text) {
        return BASE64.encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String json(Map<String, Object> value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
