package io.pgdoorman.config.read;

import io.pgdoorman.config.ServerTls;
import io.pgdoorman.config.catalogue.GeneralSettings;
import io.pgdoorman.config.catalogue.PoolSettings;
import io.pgdoorman.config.catalogue.ServerTlsSettings;
import io.pgdoorman.config.catalogue.Values;
import io.pgdoorman.config.tree.Problems;

/// What must hold for TLS to PostgreSQL, in `general` and in each pool.
final class ServerTlsRules {
    private final Values general;
    private final Problems problems;

    ServerTlsRules(Values general, Problems problems) {
        this.general = general;
        this.problems = problems;
    }

    void general() {
        check(general, GeneralSettings.SERVER_TLS, GeneralSettings.SERVER_TLS.of(general));
    }

    void pool(Values pool) {
        var settings = PoolSettings.SERVER_TLS;
        if (settings.all().stream().anyMatch(pool::isWritten)) {
            check(pool, settings, settings.of(pool, GeneralSettings.SERVER_TLS, general));
        }
    }

    private <R> void check(Values values, ServerTlsSettings<R> keys, ServerTls tls) {
        var certificate = values.find(keys.certificate());
        if (certificate.isPresent() != values.find(keys.privateKey()).isPresent()) {
            var there = certificate.isPresent() ? keys.certificate() : keys.privateKey();
            var missing = certificate.isPresent() ? keys.privateKey() : keys.certificate();
            problems.refuse(values.place(there), "stands without " + missing + ": expected both or none");
        }
        if (tls.mode().verifies() && tls.files().authorities().isEmpty()) {
            problems.refuse(values.place(keys.mode()), "verifies PostgreSQL's certificate: expected " + keys.caCert());
        }
        if (tls.files().revocations().isPresent() && tls.files().authorities().isEmpty()) {
            problems.refuse(values.place(keys.crl()), "stands without " + keys.caCert() + ": expected both");
        }
        if (!tls.mode().verifies() && tls.files().authorities().isPresent()) {
            problems.warn(
                    values.place(keys.mode()),
                    "asks nobody whose certificate PostgreSQL shows: " + keys.caCert()
                            + " is used with verify-ca and verify-full");
        }
    }
}
