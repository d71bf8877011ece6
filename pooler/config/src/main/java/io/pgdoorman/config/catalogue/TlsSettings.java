package io.pgdoorman.config.catalogue;

import static io.pgdoorman.config.catalogue.Types.choice;
import static io.pgdoorman.config.catalogue.Types.text;

import io.pgdoorman.config.GeneralConfig;
import io.pgdoorman.config.PoolConfig;
import java.util.List;

/// The keys of TLS on the side of PostgreSQL; none acts yet.
public final class TlsSettings {

    static final ValueType<TlsMode> SERVER_MODE = choice(List.of(TlsMode.values()));

    private static final List<TlsMode> INERT = List.of(TlsMode.DISABLE, TlsMode.ALLOW);
    private static final List<TlsMode> WISHED = List.of(TlsMode.PREFER);

    private TlsSettings() {}

    static void general(Section<GeneralConfig> s) {
        s.hot("server_tls_mode", SERVER_MODE)
                .orElse(TlsMode.ALLOW)
                .notYet("TLS to PostgreSQL; allow and prefer connect without.", INERT, WISHED);
        files(s);
    }

    static void pool(Section<PoolConfig> s) {
        s.hot("server_tls_mode", SERVER_MODE)
                .inherits("general.server_tls_mode")
                .notYet("TLS to PostgreSQL; allow and prefer connect without.", INERT, WISHED);
        files(s);
    }

    private static void files(Section<?> s) {
        s.hot("server_tls_ca_cert", text()).notYet("Authorities that sign PostgreSQL's certificate (PEM).");
        s.hot("server_tls_certificate", text()).notYet("Our certificate for PostgreSQL (PEM).");
        s.hot("server_tls_private_key", text()).notYet("Private key of that certificate (PEM).");
    }
}
