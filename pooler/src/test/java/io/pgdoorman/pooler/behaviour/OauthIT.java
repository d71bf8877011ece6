package io.pgdoorman.pooler.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.Message;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Reply;
import io.pgdoorman.pooler.script.Signer;
import io.pgdoorman.pooler.script.WireClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// OAUTHBEARER message by message; `OauthE2E` has the real libpq.
class OauthIT {
    private static final String RULE =
            "host all all all oauth issuer=\\\"https://idp.example/realm\\\" scope=\\\"openid doorman\\\"";

    @TempDir
    Path folder;

    private final Signer signer = Signer.of("first", "EdDSA");

    @BeforeEach
    void writeKeys() throws IOException {
        Files.writeString(folder.resolve("jwks.json"), Signer.jwks(signer));
    }

    private PoolerFixture.Wish wish() {
        return PoolerFixture.wish()
                .serverPasswords()
                .general("cleartext_passwords", "loopback")
                .general("pg_hba", "{content: \"" + RULE + "\"}")
                .table(
                        "token_issuers",
                        "{idp: {keys_file: %s, issuer: 'https://idp.example/realm', audience: [doorman]}}"
                                .formatted(folder.resolve("jwks.json")));
    }

    private String token(String user) {
        return signer.signs(
                Signer.claims("preferred_username", user, "iss", "https://idp.example/realm", "aud", "doorman"));
    }

    private static WireClient asked(PoolerFixture pooler) {
        var client = pooler.door().connect().sends(Message.startup(Map.of("user", "app", "database", Door.DATABASE)));
        assertThat(text(client.receives())).endsWith("OAUTHBEARER\0\0");
        return client;
    }

    private static Message initial(String message) {
        return Message.saslInitial("OAUTHBEARER", message.replace('|', '\u0001').getBytes(StandardCharsets.US_ASCII));
    }

    private static String text(Reply reply) {
        return new String(reply.bytes(), StandardCharsets.UTF_8);
    }

    @Test
    void goodTokenLetsInAtOnce() {
        try (var pooler = wish().start();
                var client = asked(pooler)) {
            // when
            client.sends(initial("n,,|auth=Bearer " + token("app") + "||"));

            // then
            assertThat(client.receivesReady().getFirst().bytes()).isEqualTo(new byte[4]);
            assertThat(client.asksOne("select current_user")).isEqualTo("app");
        }
    }

    @Test
    void withoutOrWithABadTokenTheIssuerIsToldBeforeTheEnd() {
        try (var pooler = wish().start()) {
            for (var auth : List.of("", "Bearer " + token("clerk"), "Bearer not-a-token")) {
                try (var client = asked(pooler)) {
                    // when
                    client.sends(initial("n,,|auth=" + auth + "||"));
                    var told = text(client.receives());
                    client.sends(Message.password(new byte[] {1}));

                    // then
                    assertThat(told)
                            .endsWith("{\"status\":\"invalid_token\",\"openid-configuration\":"
                                    + "\"https://idp.example/realm/.well-known/openid-configuration\","
                                    + "\"scope\":\"openid doorman\"}");
                    assertThat(client.receivesToEnd().getLast().body())
                            .contains("28000", "OAuth bearer authentication failed for user \"app\"");
                }
            }
        }
    }

    @Test
    void askingForTheIssuerIsNoFailedLogin() {
        var wish = wish().general("login_failures_per_minute", "1").general("login_failures_exempt", "[]");
        try (var pooler = wish.start()) {
            // given
            for (int i = 0; i < 3; i++) {
                try (var client = asked(pooler)) {
                    client.sends(initial("n,,|auth=||"));
                    client.receives();
                    client.sends(Message.password(new byte[] {1}));
                    client.receivesToEnd();
                }
            }

            // when
            try (var client = asked(pooler)) {
                client.sends(initial("n,,|auth=Bearer " + token("app") + "||"));

                // then
                client.receivesReady();
            }
        }
    }

    @Test
    void initialResponseMayComeLater() {
        try (var pooler = wish().start();
                var client = asked(pooler)) {
            // when
            client.sends(Message.saslInitial("OAUTHBEARER", null));
            assertThat(client.receives().bytes()).isEqualTo(new byte[] {0, 0, 0, 11});
            client.sends(Message.password(
                    ("n,,\u0001auth=Bearer " + token("app") + "\u0001\u0001").getBytes(StandardCharsets.US_ASCII)));

            // then
            client.receivesReady();
            assertThat(client.asksOne("select 1")).isEqualTo("1");
        }
    }

    @Test
    void brokenMessagesEndTheLogin() {
        try (var pooler = wish().start()) {
            for (var message : List.of(
                    initial("n,,|auth=Bearer x|"),
                    initial(""),
                    Message.saslInitial("SCRAM-SHA-256", "n,,n=,r=x".getBytes(StandardCharsets.US_ASCII)))) {
                try (var client = asked(pooler)) {
                    // when
                    client.sends(message);

                    // then
                    assertThat(client.receivesToEnd().getLast().body()).contains("08P01");
                }
            }
            try (var client = asked(pooler)) {
                client.sends(initial("n,,|auth=||"));
                client.receives();
                client.sends(Message.password("more".getBytes(StandardCharsets.US_ASCII)));
                assertThat(client.receivesToEnd().getLast().body()).contains("08P01");
            }
        }
    }

    @Test
    void ruleHasToLeadToOneIssuer() {
        // when then
        assertThatThrownBy(wish().table("token_issuers", "{}")::start)
                .hasMessageContaining("line 1: method oauth: no one of token_issuers has the issuer");
        assertThatThrownBy(wish().general("pg_hba", "{content: \"host all all all oauth scope=x\"}")::start)
                .hasMessageContaining("authentication method \"oauth\" requires argument \"issuer\" to be set");
        assertThatThrownBy(wish().general("pg_hba", "{content: \"" + RULE + " validator=other\"}")::start)
                .hasMessageContaining("no one of token_issuers");
    }
}
