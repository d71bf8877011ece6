package io.pgdoorman.e2e.methods;

import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/// A way to prove who one is, with a user of its own: `scram` logs in by SCRAM alone.
enum Method {
    SCRAM("SCRAM", "host all scram all scram-sha-256") {
        @Override
        Map<String, String> right(Materials materials) {
            return Map.of("PGPASSWORD", Materials.PASSWORD, "PGSSLMODE", "disable");
        }
    },
    /// The client demands that the proof is bound to the server's certificate.
    PLUS("SCRAM, channel binding", "hostssl all plus all scram-sha-256") {
        @Override
        Map<String, String> right(Materials materials) {
            return materials.overTls(Map.of("PGPASSWORD", Materials.PASSWORD, "PGCHANNELBINDING", "require"));
        }
    },
    MD5("md5", "host all md5 all md5") {
        @Override
        Map<String, String> right(Materials materials) {
            return Map.of("PGPASSWORD", Materials.PASSWORD, "PGSSLMODE", "disable");
        }
    },
    CERT("client certificate", "hostssl all cert all cert") {
        @Override
        Map<String, String> right(Materials materials) {
            return materials.overTls(Map.of(
                    "PGSSLCERT",
                    materials.clientCertificate().toString(),
                    "PGSSLKEY",
                    materials.clientKey().toString()));
        }

        @Override
        Map<String, String> wrong(Materials materials) {
            return materials.overTls(Map.of("PGPASSWORD", Materials.PASSWORD));
        }
    },
    JWT("token", "hostssl all jwt all jwt issuer=idp") {
        @Override
        Map<String, String> right(Materials materials) {
            return materials.overTls(Map.of("PGPASSWORD", materials.issuer().token("jwt")));
        }

        @Override
        Map<String, String> wrong(Materials materials) {
            var expired = materials.issuer().token("jwt", Duration.ofHours(-1));
            return materials.overTls(Map.of("PGPASSWORD", expired));
        }
    },
    DIRECT("SCRAM, direct TLS", "hostssl all direct all scram-sha-256") {
        @Override
        Map<String, String> right(Materials materials) {
            return materials.overTls(Map.of("PGPASSWORD", Materials.PASSWORD, "PGSSLNEGOTIATION", "direct"));
        }
    };

    private final String title;
    private final String rule;

    Method(String title, String rule) {
        this.title = title;
        this.rule = rule;
    }

    /// What it is called in the table.
    String title() {
        return title;
    }

    /// The line of pg_hba that demands it.
    String rule() {
        return rule;
    }

    String user() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// What libpq's environment variables have to say for a login that succeeds.
    abstract Map<String, String> right(Materials materials);

    /// The same without the proof, or with one that is not good.
    Map<String, String> wrong(Materials materials) {
        var wrong = new HashMap<>(right(materials));
        wrong.put("PGPASSWORD", "wrong");
        return wrong;
    }

    boolean isOverTls() {
        return rule.startsWith("hostssl");
    }
}
