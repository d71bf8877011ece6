package io.pgdoorman.operator.child;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.pgdoorman.operator.access.TenantPassword;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class AccessChildTest {

    private static DoormanPool pool() {
        var pool = new DoormanPool();
        pool.setMetadata(new ObjectMetaBuilder()
                .withName("shop")
                .withNamespace("prod")
                .withUid("1")
                .build());
        return pool;
    }

    @Test
    void whatIsKeptOfPasswordsIsReadAsItWasWritten() {
        // given
        var now = Instant.parse("2026-11-29T00:00:00Z");
        var passwords = new TreeMap<>(Map.of(
                "apps.web-1", TenantPassword.first("one"),
                "apps.web-2", new TenantPassword("two", now, null, null),
                "apps.web-3", new TenantPassword("three", now, "before", null),
                "apps.web-4", new TenantPassword("four", now, "before", now.plusSeconds(9))));

        // when
        var secret = AccessChild.passwords(pool(), passwords);

        // then
        assertThat(AccessChild.passwords(secret)).isEqualTo(passwords);
    }

    /// As before there were schedules, so that a newer operator changes nothing.
    @Test
    void aPasswordWithoutScheduleIsKeptAlone() {
        // given
        var passwords = new TreeMap<>(Map.of("apps.web-1", TenantPassword.first("one")));

        // when
        var secret = AccessChild.passwords(pool(), passwords);

        // then
        assertThat(secret.getData()).containsOnlyKeys("apps.web-1");
    }
}
