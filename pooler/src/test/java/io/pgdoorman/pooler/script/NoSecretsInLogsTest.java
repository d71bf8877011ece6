package io.pgdoorman.pooler.script;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class NoSecretsInLogsTest {
    @Test
    void aSecretInAnyLineIsFound() {
        // given
        var secret = "no-such-secret-anywhere-else";
        Secrets.all().knowThoseOfFile("users: [{username: a, password: \"" + secret + "\", pool_size: 1}]");

        // when
        var log = LoggerFactory.getLogger("io.pgdoorman.pooler.any");
        log.atTrace().setMessage("said").addKeyValue("user", secret).log();
        log.atDebug()
                .setMessage("failed")
                .setCause(new IllegalStateException("of " + secret))
                .log();
        LoggerFactory.getLogger("audit").info("with {}", secret);
        log.trace("nothing");

        // then
        assertThat(SecretsFound.take()).hasSize(3).allMatch(line -> line.contains(secret));
    }

    @Test
    void secretsOfFilesAndStatementsAreKnown() {
        // given
        var secrets = new Secrets();

        // when
        secrets.knowThoseOfFile("""
            general: {admin_password: of-the-admin, admin_username: admin-name}
            pools:
              shop: {auth_query: {query: "select 1", user: asker, password: of-the-asker, min_interval: 0}}
              users:
                - {username: app, password: "SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy", server_password: 'of-the-server'}
            web: {metrics_token: of-metrics}
            """);
        secrets.knowThoseOfSql("set x = 1; create role app login password 'of-the-role'");
        secrets.know("short");

        // then
        assertThat(secrets.list())
                .containsExactly(
                        "of-the-admin",
                        "of-the-asker",
                        "SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy",
                        "of-the-server",
                        "of-metrics",
                        "of-the-role");
    }
}
