package io.pgdoorman.pooler.app;

import static org.assertj.core.api.Assertions.assertThatCode;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/// What the build of an image lets the pooler live through ends by itself, with every answer as it should be.
class RehearsalIT {
    @Test
    void playsWithoutADatabase() {
        assertThatCode(() -> new Rehearsal(Duration.ofMillis(200)).run()).doesNotThrowAnyException();
    }
}
