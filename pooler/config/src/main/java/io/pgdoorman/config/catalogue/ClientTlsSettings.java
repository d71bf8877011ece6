package io.pgdoorman.config.catalogue;

import static io.pgdoorman.config.catalogue.Types.choice;
import static io.pgdoorman.config.catalogue.Types.integer;
import static io.pgdoorman.config.catalogue.Types.path;
import static io.pgdoorman.config.catalogue.Types.text;

import io.pgdoorman.config.ClientTls;
import io.pgdoorman.config.GeneralConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/// The keys of TLS on the side of the clients, in the section `general`.
public final class ClientTlsSettings {
    private static final Set<String> VERSIONS = Set.of("1.2", "1.3");
    private static final Section<GeneralConfig> S = GeneralSettings.S;

    public static final Setting<GeneralConfig, Path> CERTIFICATE = S.hot("tls_certificate", path())
            .acts(
                    g -> g.tls().files().certificate().orElse(null),
                    "Certificate for clients (PEM), with those that lead to its authority; read anew when it changes.");
    public static final Setting<GeneralConfig, Path> PRIVATE_KEY = S.hot("tls_private_key", path())
            .acts(g -> g.tls().files().key().orElse(null), "Private key of that certificate (PEM).");
    public static final Setting<GeneralConfig, Path> CA_CERT = S.hot("tls_ca_cert", path())
            .acts(
                    g -> g.tls().files().authorities().orElse(null),
                    "Authorities of client certificates (PEM, all in the file); with it clients are asked for one.");
    public static final Setting<GeneralConfig, Path> CRL = S.hot("tls_crl", path())
            .acts(
                    g -> g.tls().files().revocations().orElse(null),
                    "Certificates that those authorities have revoked (PEM): one list of each authority in a chain.");
    public static final Setting<GeneralConfig, ClientTls.Mode> MODE = S.hot(
                    "tls_mode", choice(List.of(ClientTls.Mode.values())))
            .orElse(ClientTls.Mode.ALLOW)
            .acts(
                    g -> g.tls().mode(),
                    "What is asked of clients: nothing, TLS, or TLS with a certificate of tls_ca_cert (verify-ca and"
                            + " verify-full; whose name it carries is decided by pg_hba).");
    public static final Setting<GeneralConfig, String> MIN_VERSION = S.hot(
                    "tls_min_version", text("1.2 or 1.3", VERSIONS::contains))
            .orElse("1.2")
            .acts(g -> g.tls().strength().oldest(), "Oldest version of TLS that clients may use.");
    public static final Setting<GeneralConfig, List<String>> CIPHERS = S.hot("tls_ciphers", new ListType<>(text()))
            .orElse(List.of())
            .acts(
                    g -> g.tls().strength().ciphers(),
                    "Cipher suites for clients, by the names of the TLS standards; empty leaves them to the library.");
    public static final Setting<GeneralConfig, Integer> RATE_LIMIT = S.hot(
                    "tls_rate_limit_per_second", integer(0, 1_000_000))
            .orElse(0)
            .acts(
                    g -> g.tls().handshakesPerSecond(),
                    "Most TLS handshakes that begin in a second, the others wait for their turn; 0 = no limit.");

    public static final Setting<GeneralConfig, ClientTls.Cleartext> CLEARTEXT = S.hot(
                    "cleartext_passwords", choice(List.of(ClientTls.Cleartext.values())))
            .orElse(ClientTls.Cleartext.TLS)
            .acts(
                    g -> g.tls().cleartext(),
                    "Where a password or token may be asked for in clear: under TLS, also from this machine itself"
                            + " (loopback), or anywhere, as PgDoorman does. A Unix socket is always good for it.");

    private ClientTlsSettings() {}

    /// Makes the keys known at the place where the document lists them.
    static void enlist() {}
}
