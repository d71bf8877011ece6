package io.pgdoorman.pooler.token;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.AsymmetricJWK;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.spec.X509EncodedKeySpec;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemReader;

/// Public keys as issuers write them: PEM (`PUBLIC KEY`, `CERTIFICATE`), or a JSON Web Key Set (RFC 7517 §5).
public final class KeyText {
    /// No issuer's keys are as long.
    public static final int MAX_BYTES = 512 * 1024;

    /// RFC 8410 §3.
    private static final String OID_ED25519 = "1.3.101.112";

    private KeyText() {}

    /// Reads a file of either form; blocks.
    public static KeySet read(Path file) throws TokenKeyException {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new TokenKeyException(file + " is larger than " + MAX_BYTES + " bytes");
            }
            return parse(new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
        } catch (NoSuchFileException _) {
            throw new TokenKeyException(file + " does not exist");
        } catch (IOException e) {
            throw new TokenKeyException(file + " cannot be read: " + e);
        } catch (TokenKeyException e) {
            throw new TokenKeyException(e.text().startsWith(file.toString()) ? e.text() : file + ": " + e.text());
        }
    }

    /// Reads either form.
    public static KeySet parse(String text) throws TokenKeyException {
        return text.stripLeading().startsWith("{") ? jwks(text) : pem(text);
    }

    /// Keys of other kinds and for other uses are left out: an issuer may have them.
    private static KeySet jwks(String text) throws TokenKeyException {
        List<JWK> found;
        try {
            found = JWKSet.parse(text).getKeys();
        } catch (ParseException e) {
            throw new TokenKeyException("not a JSON Web Key Set: " + e.getMessage());
        }
        var keys = new ArrayList<VerificationKey>();
        for (var key : found) {
            if (KeyUse.ENCRYPTION.equals(key.getKeyUse()) || isOfAnotherKind(key)) {
                continue;
            }
            var made = VerificationKey.of(Objects.requireNonNullElse(key.getKeyID(), ""), publicKey(key));
            if (key.getAlgorithm() == null
                    || key.getAlgorithm().getName().equals(made.algorithm().word())) {
                keys.add(made);
            }
        }
        return KeySet.of(keys);
    }

    private static boolean isOfAnotherKind(JWK key) {
        return switch (key) {
            case com.nimbusds.jose.jwk.RSAKey _ -> false;
            case com.nimbusds.jose.jwk.ECKey ec -> !Curve.P_256.equals(ec.getCurve());
            case OctetKeyPair pair -> !Curve.Ed25519.equals(pair.getCurve());
            default -> true;
        };
    }

    private static PublicKey publicKey(JWK key) throws TokenKeyException {
        try {
            return switch (key) {
                case OctetKeyPair pair -> ed25519(pair.getDecodedX());
                case AsymmetricJWK other -> other.toPublicKey();
                default -> throw new TokenKeyException("a key of type " + key.getKeyType());
            };
        } catch (JOSEException e) {
            throw new TokenKeyException("key \"" + key.getKeyID() + "\" cannot be used: " + e.getMessage());
        }
    }

    private static PublicKey ed25519(byte[] point) throws TokenKeyException {
        try {
            var info = new SubjectPublicKeyInfo(
                    new org.bouncycastle.asn1.x509.AlgorithmIdentifier(
                            new org.bouncycastle.asn1.ASN1ObjectIdentifier(OID_ED25519)),
                    point);
            return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(info.getEncoded()));
        } catch (GeneralSecurityException | IOException e) {
            throw new TokenKeyException("not an Ed25519 key: " + e.getMessage());
        }
    }

    private static KeySet pem(String text) throws TokenKeyException {
        var keys = new ArrayList<VerificationKey>();
        try (var reader = new PemReader(new StringReader(text))) {
            for (var object = reader.readPemObject(); object != null; object = reader.readPemObject()) {
                keys.add(VerificationKey.of("", publicKey(object)));
            }
        } catch (IOException | IllegalArgumentException e) {
            throw new TokenKeyException("not PEM: " + e.getMessage());
        }
        return KeySet.of(keys);
    }

    private static PublicKey publicKey(PemObject object) throws TokenKeyException {
        try {
            return switch (object.getType()) {
                case "PUBLIC KEY" -> spki(object.getContent());
                case "CERTIFICATE" ->
                    CertificateFactory.getInstance("X.509")
                            .generateCertificate(new ByteArrayInputStream(object.getContent()))
                            .getPublicKey();
                default ->
                    throw new TokenKeyException(
                            "\"" + object.getType() + "\" in a PEM file: expected PUBLIC KEY or CERTIFICATE");
            };
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new TokenKeyException("a " + object.getType() + " that cannot be read: " + e.getMessage());
        }
    }

    private static PublicKey spki(byte[] encoded) throws GeneralSecurityException {
        var oid = SubjectPublicKeyInfo.getInstance(encoded)
                .getAlgorithm()
                .getAlgorithm()
                .getId();
        var kind = switch (oid) {
            case "1.2.840.113549.1.1.1" -> "RSA";
            case "1.2.840.10045.2.1" -> "EC";
            default -> "EdDSA";
        };
        return KeyFactory.getInstance(kind).generatePublic(new X509EncodedKeySpec(encoded));
    }
}
