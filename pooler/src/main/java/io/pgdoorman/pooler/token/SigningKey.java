package io.pgdoorman.pooler.token;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.pgdoorman.pooler.auth.AuthException;
import io.pgdoorman.pooler.auth.TokenSigner;
import io.pgdoorman.pooler.tls.Pem;
import io.pgdoorman.pooler.tls.TlsException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.RSAPrivateKey;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Date;

/// A private key with which the pooler signs tokens for PostgreSQL, as PgDoorman does: RS256 (ES256 for an EC key),
/// `preferred_username`, good for two minutes.
public record SigningKey(PrivateKey key, InstantSource clock) implements TokenSigner {
    private static final Duration LIFE = Duration.ofMinutes(2);

    /// Reads the file; blocks.
    ///
    /// @throws TlsException with the file and the reason
    public static SigningKey read(Path file) throws TlsException {
        var found = new SigningKey(Pem.privateKey(file), InstantSource.system());
        try {
            var _ = found.signer();
        } catch (JOSEException e) {
            throw new TlsException(file + " holds a key that signs no tokens: " + e.getMessage());
        }
        return found;
    }

    private JWSSigner signer() throws JOSEException {
        return switch (key) {
            case RSAPrivateKey rsa -> new RSASSASigner(rsa);
            case ECPrivateKey curve -> new ECDSASigner(curve);
            default -> throw new JOSEException(key.getAlgorithm() + ", expected RSA or EC");
        };
    }

    @Override
    public String tokenFor(String user) throws AuthException {
        var now = clock.instant();
        var claims = new JWTClaimsSet.Builder()
                .claim("preferred_username", user)
                .issueTime(Date.from(now))
                .expirationTime(Date.from(now.plus(LIFE)))
                .build();
        try {
            var signer = signer();
            var algorithm = signer.supportedJWSAlgorithms().contains(JWSAlgorithm.RS256)
                    ? JWSAlgorithm.RS256
                    : JWSAlgorithm.ES256;
            var token = new SignedJWT(
                    new JWSHeader.Builder(algorithm).type(JOSEObjectType.JWT).build(), claims);
            token.sign(signer);
            return token.serialize();
        } catch (JOSEException e) {
            throw AuthException.unproven("no token could be signed: " + e.getMessage());
        }
    }

    @Override
    public String toString() {
        return "SigningKey[***]";
    }
}
