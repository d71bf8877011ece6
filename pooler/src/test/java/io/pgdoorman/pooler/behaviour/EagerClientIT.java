package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.script.Message.password;
import static io.pgdoorman.pooler.script.Message.query;
import static io.pgdoorman.pooler.script.Message.startup;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.auth.AuthException;
import io.pgdoorman.pooler.auth.ScramClient;
import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.Message;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Reply;
import io.pgdoorman.pooler.script.WireClient;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Clients that send their first queries before the login is answered, which PostgreSQL allows.
class EagerClientIT {
    private static final Map<String, String> WHO = Map.of("user", "app", "database", Door.DATABASE);

    @Test
    void queryBehindTheStartupPacketIsAnsweredAfterTheGreeting() {
        // given
        try (var pooler = trusting().start();
                var client = pooler.door().connect()) {
            // when
            client.sends(startup(WHO), query("select 'eager'"));

            // then
            assertThat(rows(client.receivesReady(2))).containsExactly("eager");
        }
    }

    @Test
    void queryBehindTheLastLoginMessageIsAnsweredAfterTheGreeting() throws AuthException {
        // given
        try (var pooler = PoolerFixture.wish().start()) {
            for (int i = 0; i < 3; i++) { // the first has to wait for a server, the others find one
                try (var client = pooler.door().connect()) {
                    var scram = ScramClient.withPassword("app", "app-secret");
                    client.sends(startup(WHO)).receives();
                    client.sends(saslInitial(scram.first()));
                    byte[] challenge = client.receives().bytes();

                    // when
                    client.sends(
                            password(scram.last(Arrays.copyOfRange(challenge, 4, challenge.length))),
                            query("select 'eager'"));

                    // then
                    assertThat(rows(client.receivesReady(2))).containsExactly("eager");
                }
            }
        }
    }

    @Test
    void muchBehindTheStartupPacketIsAnsweredToo() {
        // given
        try (var pooler = trusting().poolSize(1).start();
                var holder = pooler.door().login();
                var client = pooler.door().connect()) {
            holder.asks("begin");
            client.sends(startup(WHO), query("select length('" + "x".repeat(500_000) + "')"));
            client.hearsNothingFor(100);

            // when
            holder.asks("commit");

            // then
            assertThat(rows(client.receivesReady(2))).containsExactly("500000");
        }
    }

    @Test
    void clientThatLeavesBeforeTheGreetingSpoilsNothing() {
        // given
        try (var pooler = trusting().poolSize(1).start()) {
            for (int i = 0; i < 20; i++) {
                var leaving = pooler.door().connect();
                leaving.sends(startup(WHO), query("begin"));
                if (i % 2 == 0) {
                    leaving.vanishes();
                } else {
                    leaving.close();
                }
            }

            // when
            try (WireClient next = pooler.door().login()) {
                // then
                assertThat(next.asks("select 1").getLast().body()).isEqualTo("I");
            }
        }
    }

    private static PoolerFixture.Wish trusting() {
        return PoolerFixture.wish()
                .serverPasswords()
                .general("pg_hba", "{content: \"host all all 127.0.0.0/8 trust\"}");
    }

    private static List<String> rows(List<Reply> replies) {
        return replies.stream()
                .filter(reply -> reply.tag() == 'D')
                .map(Reply::firstColumn)
                .toList();
    }

    private static Message saslInitial(byte[] first) {
        byte[] head = "SCRAM-SHA-256\0\0\0\0".getBytes(ISO_8859_1);
        byte[] body = Arrays.copyOf(head, head.length + 1 + first.length);
        body[head.length] = (byte) first.length;
        System.arraycopy(first, 0, body, head.length + 1, first.length);
        return password(body);
    }
}
