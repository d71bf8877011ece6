package io.pgdoorman.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.operator.child.ConfigVersion;
import io.pgdoorman.operator.child.StoredConfig;
import io.pgdoorman.operator.podlink.PodLink.Fault;
import io.pgdoorman.operator.podlink.PodLink.Rejected;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class RefusalsTest {

    private static final Instant WRITTEN = Instant.parse("2026-11-24T12:00:00Z");
    private static final Instant SOON = WRITTEN.plusSeconds(1);
    private static final Instant LATE = WRITTEN.plusSeconds(11);
    private static final StoredConfig STORED = StoredConfig.first(new ConfigVersion("text", "h2", "boot"), 2, WRITTEN);
    private static final Fault WRONG = new Fault("pools.shop", "is wrong");

    @Test
    void wrongFileIsRefusedForGood() {
        // given
        var rejected = new Rejected("h2", List.of(WRONG));

        // when
        var isFinal = Refusals.isFinal(rejected, STORED, SOON);

        // then
        assertThat(isFinal).isTrue();
    }

    @Test
    void unreadableFileMayBeTheOneBefore() {
        // given
        var rejected = new Rejected(null, List.of(WRONG));

        // when
        var soon = Refusals.isFinal(rejected, STORED, SOON);
        var late = Refusals.isFinal(rejected, STORED, LATE);

        // then
        assertThat(soon).isFalse();
        assertThat(late).isTrue();
    }

    @Test
    void anotherFileIsNotThisOne() {
        // given
        var rejected = new Rejected("h1", List.of(WRONG));

        // when
        var isFinal = Refusals.isFinal(rejected, STORED, LATE);

        // then
        assertThat(isFinal).isFalse();
    }
}
