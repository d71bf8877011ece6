package io.pgdoorman.operator.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Encryption. New certificates are for new connections; open ones live on.
public record TlsSpec(
        @Default("{}") @JsonPropertyDescription("Between clients and the pods.")
        Client client) {

    /// What is asked of clients.
    public enum Mode {
        /// No TLS, even if there is a certificate.
        Disable,
        /// TLS for those that ask for it, once there is a certificate.
        Allow,
        /// TLS only.
        Require,
        /// TLS, and a certificate of a known authority.
        VerifyCA,
        /// The same; whose name the certificate carries is decided by the access rules.
        VerifyFull;

        /// Whether clients without TLS are refused.
        public boolean demandsTls() {
            return this == Require || demandsCertificate();
        }

        /// Whether clients without a certificate are refused.
        public boolean demandsCertificate() {
            return this == VerifyCA || this == VerifyFull;
        }
    }

    /// Versions of TLS.
    public enum Version {
        @JsonProperty("TLS1.2")
        TLS_1_2,
        @JsonProperty("TLS1.3")
        TLS_1_3
    }

    /// TLS as clients meet it.
    ///
    /// The API server checks the default of the whole, `{}`, before it fills in the mode; hence `has(self.mode)`.
    @ValidationRule(
            value = "!has(self.mode) || self.mode in ['Disable', 'Allow'] || has(self.certSecretRef)"
                    + " || has(self.issuerRef)",
            message = Client.NEEDS_CERT)
    @ValidationRule(
            value = "!has(self.mode) || !(self.mode in ['VerifyCA', 'VerifyFull']) || has(self.clientCASecretRef)",
            message = Client.NEEDS_CA)
    @ValidationRule(
            value = "!has(self.clientCASecretRef) || has(self.certSecretRef) || has(self.issuerRef)",
            message = Client.CA_ALONE)
    @ValidationRule(value = "!has(self.certSecretRef) || !has(self.issuerRef)", message = Client.TWO_CERTS)
    public record Client(
            @Default("Allow")
            @JsonPropertyDescription(
                    "What is asked of clients: nothing, TLS, or TLS with a certificate of clientCASecretRef.")
            Mode mode,

            @JsonPropertyDescription("Certificate of the pods, for the name of their Service; replaced live.") @Nullable
            CertSecretRef certSecretRef,

            @JsonPropertyDescription(
                    "Instead of certSecretRef: who signs it. A Certificate of cert-manager is made for the names of the"
                            + " Services; the condition Certified tells what became of it.")
            @Nullable
            IssuerRef issuerRef,

            @JsonPropertyDescription("Authorities of client certificates; with it clients are asked for one.") @Nullable
            CaSecretRef clientCASecretRef,

            @Default("TLS1.2") @JsonPropertyDescription("Oldest version that clients may use.")
            Version minVersion,

            @Size(max = 32)
            @JsonPropertyDescription("Cipher suites by the names of the TLS standards; the library's choice if absent.")
            @Nullable
            List<@Size(min = 1, max = 64) @Pattern("^[A-Z0-9_]+$") String> cipherSuites) {

        static final String NEEDS_CERT = "modes Require, VerifyCA and VerifyFull need a certSecretRef or an issuerRef";
        static final String NEEDS_CA = "modes VerifyCA and VerifyFull need a clientCASecretRef";
        static final String CA_ALONE = "clientCASecretRef needs a certSecretRef or an issuerRef beside it";
        static final String TWO_CERTS = "certSecretRef and issuerRef exclude each other";

        /// The Secret with the pods' certificate, null without one.
        public @Nullable CertSecretRef certificate() {
            return issuerRef == null ? certSecretRef : new CertSecretRef(SecretRef.ISSUED);
        }
    }
}
