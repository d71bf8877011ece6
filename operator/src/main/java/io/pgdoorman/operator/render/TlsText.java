package io.pgdoorman.operator.render;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pgdoorman.operator.api.v1alpha1.ServerSpec;
import io.pgdoorman.operator.api.v1alpha1.ServerTlsSpec;
import io.pgdoorman.operator.api.v1alpha1.TlsSpec;

/// Writes what a spec says of TLS. A pool without certificates keeps the file that it had before there was TLS.
final class TlsText {

    private final SecretFiles files;

    TlsText(SecretFiles files) {
        this.files = files;
    }

    void client(ObjectNode general, TlsSpec.Client tls) {
        var certificate = tls.certificate();
        if (certificate == null) {
            return;
        }
        general.put("tls_mode", word(tls.mode()))
                .put("tls_certificate", files.pem("client", "cert.pem", certificate.certificate()))
                .put("tls_private_key", files.pem("client", "key.pem", certificate.privateKey()));
        var authorities = tls.clientCASecretRef();
        if (authorities != null) {
            general.put("tls_ca_cert", files.pem("client", "ca.pem", authorities.authorities()));
        }
        if (tls.minVersion() == TlsSpec.Version.TLS_1_3) {
            general.put("tls_min_version", "1.3");
        }
        var suites = tls.cipherSuites();
        if (suites != null && !suites.isEmpty()) {
            suites.forEach(general.putArray("tls_ciphers")::add);
        }
    }

    void server(ObjectNode pool, ServerSpec server) {
        var tls = server.tls();
        if (tls == null) {
            return;
        }
        var owner = "server-" + server.name();
        pool.put("server_tls_mode", word(tls.mode()));
        var authorities = tls.caSecretRef();
        if (authorities != null) {
            pool.put("server_tls_ca_cert", files.pem(owner, "ca.pem", authorities.authorities()));
        }
        var revoked = tls.crlSecretRef();
        if (revoked != null) {
            pool.put("server_tls_crl", files.pem(owner, "crl.pem", revoked.revoked()));
        }
        var certificate = tls.certSecretRef();
        if (certificate != null) {
            pool.put("server_tls_certificate", files.pem(owner, "cert.pem", certificate.certificate()))
                    .put("server_tls_private_key", files.pem(owner, "key.pem", certificate.privateKey()));
        }
    }

    void patroni(ObjectNode pool, ServerSpec server) {
        var patroni = server.patroni();
        if (patroni == null) {
            return;
        }
        patroni.urls().forEach(pool.putArray("patroni_api_urls")::add);
        var authorities = patroni.caSecretRef();
        if (authorities != null) {
            pool.put("patroni_api_ca_cert", files.pem("patroni-" + server.name(), "ca.pem", authorities.authorities()));
        }
    }

    private static String word(ServerTlsSpec.Mode mode) {
        return switch (mode) {
            case Disable -> "disable";
            case Allow -> "allow";
            case Prefer -> "prefer";
            case Require -> "require";
            case VerifyCA -> "verify-ca";
            case VerifyFull -> "verify-full";
        };
    }

    private static String word(TlsSpec.Mode mode) {
        return switch (mode) {
            case Disable -> "disable";
            case Allow -> "allow";
            case Require -> "require";
            case VerifyCA -> "verify-ca";
            case VerifyFull -> "verify-full";
        };
    }
}
