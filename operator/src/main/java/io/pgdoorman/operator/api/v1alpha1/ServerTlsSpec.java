package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/// Encryption between the pods and one server, as libpq's sslmode says it. Certificates are replaced live.
@ValidationRule(
        value = "(self.mode in ['VerifyCA', 'VerifyFull']) == has(self.caSecretRef)",
        message = ServerTlsSpec.CA_AND_MODE)
@ValidationRule(value = "self.mode != 'Disable' || !has(self.certSecretRef)", message = ServerTlsSpec.CERT_UNUSED)
@ValidationRule(value = "!has(self.crlSecretRef) || has(self.caSecretRef)", message = ServerTlsSpec.CRL_ALONE)
public record ServerTlsSpec(
        @Default("Prefer")
        @JsonPropertyDescription("What is asked of the server; only VerifyFull is good against somebody in between.")
        Mode mode,

        @JsonPropertyDescription("Authorities of the server's certificate.") @Nullable
        CaSecretRef caSecretRef,

        @JsonPropertyDescription("Certificate that the pods show to the server.") @Nullable
        CertSecretRef certSecretRef,

        @JsonPropertyDescription("Certificates that those authorities have revoked.") @Nullable
        CrlSecretRef crlSecretRef) {

    static final String CA_AND_MODE = "modes VerifyCA and VerifyFull need a caSecretRef, the others use none";
    static final String CERT_UNUSED = "mode Disable uses no certSecretRef";
    static final String CRL_ALONE = "crlSecretRef needs a caSecretRef beside it";

    /// What is asked of a server.
    public enum Mode {
        /// No TLS.
        Disable,
        /// TLS where the server's rules refuse a connection without.
        Allow,
        /// TLS where the server has it.
        Prefer,
        /// TLS only; the server proves nothing.
        Require,
        /// TLS, and a certificate of a known authority.
        VerifyCA,
        /// The same, with the server's name in it.
        VerifyFull;

        /// Whether the server has to prove something.
        boolean isVerified() {
            return this == VerifyCA || this == VerifyFull;
        }
    }
}
