package io.pgdoorman.pooler.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.PgNode;
import io.pgdoorman.pooler.script.PoolerFixture;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// The pooler knows a SCRAM verifier and no password, and a rule lets clients in without one.
class PassthroughIT {
    private static PoolerFixture.Wish trusting() {
        return PoolerFixture.wish()
                .general("pg_hba", "{content: \"host all clerk all trust\\nhost all app all scram-sha-256\"}");
    }

    @Test
    void aTrustedClientIsToldAtOnceThatPostgresWantsAProofThatNobodyGave() {
        // given
        try (var pooler = trusting().start();
                var client = pooler.door().connect()) {
            long began = System.nanoTime();

            // when
            var told = client.logsIn("clerk", "", Door.DATABASE, Map.of()).getLast();

            // then
            assertThat(told.error())
                    .startsWith("FATAL 08006 cannot connect to server 127.0.0.1:")
                    .contains("no client has logged in with the password");
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
        }
    }

    @Test
    void wherePostgresTrustsThePoolerNoProofIsNeeded() {
        // given
        try (var node = PgNode.primary();
                var pooler = trusting()
                        .pool("server_port", String.valueOf(node.port()))
                        .start();
                var client = pooler.door().connect().loggedIn("clerk", "", Door.DATABASE, Map.of())) {
            // then
            assertThat(client.asksOne("select current_user")).isEqualTo("clerk");
        }
    }
}
