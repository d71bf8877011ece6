package io.pgdoorman.operator.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.utils.Serialization;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolStatus;
import org.junit.jupiter.api.Test;

class TransitionsTest {

    /// As after server-side apply took the last entry away.
    private static final String WITHOUT_LISTS = """
        {"observedGeneration": 3, "replicas": 2, "readyReplicas": 2, "updatedReplicas": 2, "drainingReplicas": 0,
          "config": {"generation": 3, "ackedPods": 2, "totalPods": 2, "acked": "2/2"}}\
        """;

    @Test
    void aListThatTheApiServerLeftOutIsAnEmptyOne() {
        // given
        var given = Serialization.unmarshal(WITHOUT_LISTS, DoormanPoolStatus.class);

        // then
        assertThat(given.pods()).isEmpty();
        assertThat(Transitions.between(given, given)).isEmpty();
    }
}
