package io.pgdoorman.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.pgdoorman.operator.child.Names;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CachesTest {

    private static final Map<String, String> OF_POOL_ELSEWHERE =
            Map.of(Names.POOL_LABEL, "shop", Names.POOL_NAMESPACE_LABEL, "prod", Names.CLAIM_LABEL, "c-1");

    @Test
    void takesNoPodOfAnotherNamespaceForOneOfThePool() {
        // given
        var pod = new PodBuilder().withMetadata(meta("evil", OF_POOL_ELSEWHERE)).build();

        // when
        var pools = Caches.poolOf(pod);

        // then: it would be asked with the administrator's password of the pool in prod
        assertThat(pools).containsExactly(new ResourceID("shop", "evil"));
    }

    @Test
    void wakesAPoolForWhatLiesBesideAClaimInAnotherNamespace() {
        // given
        var output = new SecretBuilder()
                .withMetadata(meta("apps", OF_POOL_ELSEWHERE))
                .build();

        // when
        var pools = Caches.poolOf(output);

        // then
        assertThat(pools).containsExactly(new ResourceID("shop", "prod"));
    }

    private static ObjectMeta meta(String namespace, Map<String, String> labels) {
        return new ObjectMetaBuilder()
                .withName("one")
                .withNamespace(namespace)
                .withLabels(labels)
                .build();
    }
}
