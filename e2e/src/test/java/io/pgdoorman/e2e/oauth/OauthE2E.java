package io.pgdoorman.e2e.oauth;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.e2e.Command;
import io.pgdoorman.e2e.local.LocalPooler;
import io.pgdoorman.e2e.local.LocalPostgres;
import io.pgdoorman.e2e.local.TokenIssuer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// An application with libpq 18, which psycopg brings along, logs in by a token that it got from its issuer.
class OauthE2E {
    private static final String ISSUER = "https://idp.example/realm";
    private static final Duration BUILD = Duration.ofMinutes(10);
    private static final String DRIVERS =
            LocalPooler.ROOT.resolve("e2e/drivers/drivers").toString();
    private static final String PROGRAM =
            LocalPooler.ROOT.resolve("e2e/oauth/libpq_oauth.py").toString();

    @TempDir
    Path folder;

    private final TokenIssuer issuer = new TokenIssuer(ISSUER, "doorman");

    private LocalPooler pooler(LocalPostgres postgres) throws IOException {
        var key = Files.writeString(folder.resolve("issuer.pem"), issuer.publicKey());
        return LocalPooler.start(
                folder, """
                    general:
                      %s
                      cleartext_passwords: loopback
                      pg_hba: {content: 'host all all all oauth issuer="%s" scope="openid doorman"'}
                    token_issuers:
                      idp: {keys_file: %s, issuer: '%s', audience: [doorman]}
                    pools:
                      shop:
                        server_host: 127.0.0.1
                        server_port: %d
                        users: [{username: app, password: "", server_username: app, server_password: app-secret, pool_size: 2}]
                    """.formatted(LocalPooler.GENERAL.replace(", ", "\n  "), ISSUER, key, ISSUER, postgres.port()));
    }

    private String python() {
        var target = Command.of(DRIVERS, "build", "python").within(BUILD).run();
        assertThat(target.succeeded()).as(target.all()).isTrue();
        return Path.of(target.out().strip()).resolve("venv/bin/python").toString();
    }

    private static String run(String python, LocalPooler pooler, String issuer, String token) {
        return Command.of(python, "-B", PROGRAM, issuer)
                .with(Map.of(
                        "PGHOST",
                        "127.0.0.1",
                        "PGPORT",
                        "" + pooler.port(),
                        "PGUSER",
                        "app",
                        "PGDATABASE",
                        "shop",
                        "TOKEN",
                        token))
                .within(Duration.ofMinutes(1))
                .run()
                .all();
    }

    @Test
    void libpqAsksForTheIssuerAndLogsInWithItsToken() throws IOException {
        // given
        var python = python();
        try (var postgres = LocalPostgres.start()) {
            postgres.does("create role app login password 'app-secret'", "create database shop");
            try (var pooler = pooler(postgres)) {
                // when
                var good = run(python, pooler, ISSUER, issuer.token("app"));
                var anothers = run(python, pooler, ISSUER, issuer.token("clerk"));
                var elsewhere = run(python, pooler, "https://other.example", issuer.token("app"));

                // then
                assertThat(good)
                        .contains("asked " + ISSUER + "/.well-known/openid-configuration openid doorman", "user app");
                assertThat(anothers)
                        .contains("refused", "OAuth bearer authentication failed for user \"app\"")
                        .doesNotContain("user app\n");
                assertThat(elsewhere).contains("refused", "incompatible with oauth_issuer");
            }
        }
    }
}
