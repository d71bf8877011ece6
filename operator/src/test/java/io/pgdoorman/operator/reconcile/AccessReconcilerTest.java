package io.pgdoorman.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccess;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccessSpec;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccessSpec.PoolRef;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AccessReconcilerTest {

    /// Its rights end there: to ask was an error that came again each minute, for ever.
    @Test
    void asksForNoPoolWhereItDoesNotWatch() {
        // given
        var claim = new DoormanDatabaseAccess();
        claim.setMetadata(new ObjectMetaBuilder()
                .withNamespace("apps")
                .withName("web")
                .withUid("c-1")
                .build());
        claim.setSpec(new DoormanDatabaseAccessSpec(
                new PoolRef("shop", "elsewhere"), "shop", "ReadWrite", null, null, null, null, null));
        try (var nobody = new KubernetesClientBuilder()
                .withConfig(
                        new ConfigBuilder().withMasterUrl("http://127.0.0.1:9").build())
                .build()) {
            var reconciler = new AccessReconciler(
                    nobody, "me", new Meters(new SimpleMeterRegistry()), Clock.systemUTC(), Set.of("apps", "prod"));

            // when
            var control = reconciler.reconcile(claim, unasked());

            // then
            assertThat(control.isNoUpdate()).isTrue();
        }
    }

    @SuppressWarnings("unchecked")
    private static Context<DoormanDatabaseAccess> unasked() {
        return (Context<DoormanDatabaseAccess>) Proxy.newProxyInstance(
                AccessReconcilerTest.class.getClassLoader(), new Class<?>[] {Context.class}, (_, method, _) -> {
                    throw new AssertionError(method.getName());
                });
    }
}
