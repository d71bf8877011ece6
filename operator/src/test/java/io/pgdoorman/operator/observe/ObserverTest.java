package io.pgdoorman.operator.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.pgdoorman.operator.access.TenantPassword;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccess;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccessSpec;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccessSpec.PoolRef;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.child.AccessChild;
import io.pgdoorman.operator.child.SecretChild;
import io.pgdoorman.operator.observe.Observation.Children;
import io.pgdoorman.operator.plan.Scene;
import io.pgdoorman.operator.podlink.HttpPodLink;
import io.pgdoorman.operator.podlink.LeaderEpoch;
import io.pgdoorman.operator.podlink.PodLink;
import io.pgdoorman.operator.render.SecretValue;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ObserverTest {

    private static final String USER = "apps.web-c1";

    private final DoormanPool pool = new Scene("access: {rules: [{name: apps, from: {namespaces: [apps]},"
                    + " databases: [shop], roles: [{name: ReadWrite, user: app}]}]}")
            .pool();

    @Test
    void aPasswordThatWasKeptStaysTheSame() {
        // given
        var kept = AccessChild.passwords(pool, new TreeMap<>(Map.of(USER, TenantPassword.first("kept"))));

        // when
        var first = password(kept);
        var second = password(kept);

        // then
        assertThat(first).isEqualTo(second);
        assertThat(first.value()).isEqualTo("kept");
    }

    /// Pods acknowledge a configuration, which names a version of each password.
    @Test
    void anotherPasswordIsAnotherVersion() {
        // given
        var kept = AccessChild.passwords(pool, new TreeMap<>(Map.of(USER, TenantPassword.first("kept"))));

        // when
        var before = password(kept);
        var lost = password(null);
        var edited = password(AccessChild.passwords(pool, new TreeMap<>(Map.of(USER, TenantPassword.first("edited")))));

        // then
        assertThat(List.of(before.version(), lost.version(), edited.version())).doesNotHaveDuplicates();
    }

    private SecretValue password(@Nullable Secret kept) {
        var claim = new DoormanDatabaseAccess();
        claim.setMetadata(new ObjectMetaBuilder()
                .withNamespace("apps")
                .withName("web")
                .withUid("c1")
                .build());
        claim.setSpec(new DoormanDatabaseAccessSpec(
                new PoolRef("shop", "prod"), "shop", "ReadWrite", null, null, null, null, null));
        try (var client = client()) {
            var observer = new Observer(
                    client,
                    new HttpPodLink(LeaderEpoch.NONE),
                    new Observer.Sources((_, _) -> null, new Claims(List.of(claim))),
                    Clock.systemUTC());
            var access = observer.observe(pool, pool, new Cluster(kept)).access();
            return access.password(access.granted().getFirst()).present();
        }
    }

    /// A pass looks twice, in caches and at the API server.
    @Test
    void aPodOfADeadNodeHoldsUpOnePassAndNotEach() {
        // given
        var now = new AtomicReference<>(Instant.EPOCH);
        var asked = new AtomicInteger();
        var link = new Dead(() -> {
            asked.incrementAndGet();
            now.updateAndGet(time -> time.plusSeconds(3));
        });
        try (var client = client()) {
            var observer = new Observer(
                    client, link, new Observer.Sources((_, _) -> null, new Claims(List.of())), new MovingClock(now));

            // when
            for (var second = 0; second < 120; second++) {
                var pods = observer.observe(pool, pool, new Cluster(null, List.of(leaving())))
                        .pods();
                assertThat(pods).extracting(PodView::answer).hasOnlyElementsOfType(PodLink.Silent.class);
                now.updateAndGet(time -> time.plusSeconds(1));
            }
        }

        // then
        assertThat(asked).hasValueBetween(3, 7);
    }

    private static Pod leaving() {
        return new PodBuilder()
                .withNewMetadata()
                .withName("a")
                .withUid("pod-1")
                .withLabels(Map.of())
                .withDeletionTimestamp("2026-11-24T12:00:00Z")
                .endMetadata()
                .withNewStatus()
                .withPodIP("10.0.0.1")
                .endStatus()
                .build();
    }

    /// Whoever asks waits, in vain.
    private record Dead(Runnable waits) implements PodLink {

        private Silent answer() {
            waits.run();
            return new Silent("no whole answer within 3 s");
        }

        @Override
        public StateAnswer state(Address address) {
            return answer();
        }

        @Override
        public ReloadAnswer reload(Address address, String hash, long generation) {
            return answer();
        }

        @Override
        public @Nullable Silent drain(Address address) {
            return answer();
        }

        @Override
        public @Nullable Silent revoke(Address address, Set<String> users) {
            return answer();
        }

        @Override
        public Expelled expel(Address address, Set<String> users) {
            return new Expelled(0, answer());
        }

        @Override
        public @Nullable Silent grant(Address address, String hash) {
            return answer();
        }

        @Override
        public @Nullable Silent allow(Address address, String hash, @Nullable Map<String, Integer> databases) {
            return answer();
        }

        @Override
        public @Nullable Silent hold(Address address) {
            return answer();
        }
    }

    private static final class MovingClock extends Clock {
        private final AtomicReference<Instant> now;

        MovingClock(AtomicReference<Instant> now) {
            this.now = now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now.get();
        }
    }

    /// Nothing here asks it.
    private static KubernetesClient client() {
        return new KubernetesClientBuilder()
                .withConfig(
                        new ConfigBuilder().withMasterUrl("http://127.0.0.1:9").build())
                .build();
    }

    private record Claims(List<DoormanDatabaseAccess> all) implements Observer.Claims {

        @Override
        public List<DoormanDatabaseAccess> of(DoormanPool pool) {
            return all;
        }

        @Override
        public Map<String, Map<String, String>> namespaces() {
            return Map.of();
        }
    }

    /// A cluster with nothing but the passwords of claims.
    private record Cluster(@Nullable Secret passwords, List<Pod> running) implements Sight {

        Cluster(@Nullable Secret passwords) {
            this(passwords, List.of());
        }

        @Override
        public @Nullable ConfigMap config(DoormanPool pool) {
            return null;
        }

        @Override
        public Children children(DoormanPool pool) {
            var children = Children.NONE.with(SecretChild.admin(pool, "the same"));
            return passwords == null ? children : children.with(passwords);
        }

        @Override
        public List<Pod> pods(DoormanPool pool) {
            return running;
        }

        @Override
        public List<Secret> outputs(DoormanDatabaseAccess claim) {
            return List.of();
        }
    }
}
