package io.pgdoorman.pooler.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.Message;
import io.pgdoorman.pooler.script.PoolerProcess;
import io.pgdoorman.pooler.script.WireClient;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A process without a free file descriptor serves those that are in, and others as soon as one is free.
class DescriptorsIT {
    private static final int LIMIT = 220;

    @TempDir
    private Path folder;

    @Test
    void acceptsAgainWhenDescriptorsAreFree() {
        // given
        try (var pooler = PoolerProcess.start(folder, LIMIT, List.of("client_login_timeout: 60s"));
                var first = login(pooler.door())) {
            first.asks("select 1");
            List<WireClient> crowd = new ArrayList<>();

            // when
            while (crowd.size() < LIMIT && !pooler.log().contains("connections cannot be accepted")) {
                crowd.add(pooler.door().connect());
            }
            Eventually.isTrue("it is told", () -> pooler.log().contains("connections cannot be accepted"));

            // then
            assertThat(first.asksOne("select 2")).isEqualTo("2");
            crowd.forEach(WireClient::close);
            try (var next = login(pooler.door())) {
                assertThat(next.asksOne("select 3")).isEqualTo("3");
            }
            assertThat(pooler.log().split("connections cannot be accepted", -1)).hasSizeBetween(2, 4);
        }
    }

    private static WireClient login(Door door) {
        var client = door.connect();
        client.sends(Message.startup(Map.of("user", "app", "database", Door.DATABASE)))
                .receivesReady();
        return client;
    }
}
