package io.pgdoorman.pooler.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.PoolerFixture;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// A login waits for no other client.
class BusyLoginIT {
    @Test
    void logsInWithNewSettingsWhileAllServersAreBusy() {
        // given
        try (var pooler = PoolerFixture.wish().poolSize(1).start();
                var busy = pooler.door().login()) {
            busy.asks("begin");

            // when
            try (var late = pooler.door().login(Door.Role.APP, Map.of("application_name", "late"))) {
                busy.asks("commit");

                // then
                assertThat(late.asksOne("show application_name")).isEqualTo("late");
            }
        }
    }
}
