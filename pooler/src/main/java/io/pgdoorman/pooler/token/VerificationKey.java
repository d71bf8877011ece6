package io.pgdoorman.pooler.token;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;

/// A public key of an issuer.
///
/// @param id as tokens name it (`kid`); empty where it has no name
record VerificationKey(String id, Algorithm algorithm, PublicKey key) {
    static VerificationKey of(String id, PublicKey key) throws TokenKeyException {
        return new VerificationKey(id, Algorithm.of(key), key);
    }

    JWSVerifier verifier() throws JOSEException {
        return switch (algorithm) {
            case RS256 -> new RSASSAVerifier((RSAPublicKey) key);
            case ES256 -> new ECDSAVerifier((ECPublicKey) key);
            case EDDSA -> new Ed25519Check(key);
        };
    }
}
