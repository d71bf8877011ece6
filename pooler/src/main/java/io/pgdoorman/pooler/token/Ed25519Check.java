package io.pgdoorman.pooler.token;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.impl.BaseJWSProvider;
import com.nimbusds.jose.util.Base64URL;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.util.Set;

/// EdDSA by the JDK: the library's own verifier would want Google's Tink for it.
final class Ed25519Check extends BaseJWSProvider implements JWSVerifier {
    private final PublicKey key;

    Ed25519Check(PublicKey key) {
        super(Set.of(JWSAlgorithm.EdDSA));
        this.key = key;
    }

    @Override
    public boolean verify(JWSHeader header, byte[] signed, Base64URL signature) throws JOSEException {
        try {
            var check = Signature.getInstance("Ed25519");
            check.initVerify(key);
            check.update(signed);
            return check.verify(signature.decode());
        } catch (SignatureException _) {
            return false; // of a wrong length or not on the curve
        } catch (GeneralSecurityException e) {
            throw new JOSEException("Ed25519 cannot be verified", e);
        }
    }
}
