package io.pgdoorman.operator.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What the API server puts into a new resource before the operator has looked.
class InitialStatusTest {

    private static final KubernetesSerialization KUBERNETES = new KubernetesSerialization();

    @ParameterizedTest
    @ValueSource(classes = {DoormanPool.class, DoormanDatabaseAccess.class})
    void isAsGoodAsNone(Class<? extends CustomResource<?, ?>> kind) {
        // given
        var text = """
            apiVersion: pgdoorman.io/v1alpha1
            kind: %s
            metadata: {name: new, namespace: shop, generation: 1}
            status: {observedGeneration: %d}
            """;

        // when
        var initial = KUBERNETES.unmarshal(text.formatted(kind.getSimpleName(), -1), kind);
        var told = KUBERNETES.unmarshal(text.formatted(kind.getSimpleName(), 1), kind);

        // then
        assertThat(initial.getStatus()).isNull();
        assertThat(told.getStatus()).isNotNull();
    }
}
