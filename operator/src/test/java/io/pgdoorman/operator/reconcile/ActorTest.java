package io.pgdoorman.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.micrometer.core.instrument.Measurement;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pgdoorman.operator.api.v1alpha1.Problem;
import io.pgdoorman.operator.child.Names;
import io.pgdoorman.operator.plan.Plan;
import io.pgdoorman.operator.plan.Scene;
import io.pgdoorman.operator.plan.Step;
import io.pgdoorman.operator.podlink.PodLink;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ActorTest {

    private static final String FULL = """
        {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Forbidden", "code": 403,
         "message": "exceeded quota: few, requested: secrets=1, used: secrets=3, limited: secrets=3"}
        """;

    private static final Pattern NOTE = Pattern.compile("\"pgdoorman.io/allowed-connections\":(null|\"[0-9]+\")");

    private final Scene scene = Scene.settled();
    private final List<String> told = new ArrayList<>();
    private String letItselfIn = "";
    private String silent = "";
    private PodLink.Expelled expelled = new PodLink.Expelled(0, null);
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private @Nullable Actor actor;
    private FakeApi api;

    /// An API server whose namespace `full` takes no Secret.
    @BeforeEach
    void start() throws IOException {
        api = new FakeApi(exchange -> {
            try (exchange) {
                var path = exchange.getRequestURI().getPath();
                var isFull = exchange.getRequestURI().getPath().contains("/namespaces/full/secrets");
                var answer = isFull
                        ? FULL.getBytes(StandardCharsets.UTF_8)
                        : exchange.getRequestBody().readAllBytes();
                var note = NOTE.matcher(new String(answer, StandardCharsets.UTF_8));
                if (note.find()) {
                    told.add(path.substring(path.lastIndexOf('/') + 1) + " notes " + note.group(1));
                }
                exchange.getResponseHeaders().set("Content-Type", "application/json");
                exchange.sendResponseHeaders(isFull ? 403 : 200, answer.length);
                exchange.getResponseBody().write(answer);
            }
        });
    }

    @AfterEach
    void stop() {
        api.close();
    }

    @Test
    void aNamespaceThatTakesNoMoreSecretsKeepsNoPodFromBeingTold() {
        // given
        var beside = secret(Map.of(Names.CLAIM_LABEL, "c-1"));

        // when
        var done = act(new Step.Apply(beside), new Step.Reload("a", "10.0.0.1", "h", 2));

        // then
        assertThat(told).containsExactly("10.0.0.1 loads h of generation 2");
        assertThat(done.refused().ofPool()).isEmpty();
        assertThat(done.refused().ofClaims())
                .containsExactly(Map.entry(
                        "c-1",
                        "Secret one: the API server refuses it: exceeded quota: few, requested: secrets=1, used:"
                                + " secrets=3, limited: secrets=3"));
    }

    @Test
    void nobodyIsLetInBeforeAllOthersHaveHeardToWait() {
        // given
        var steps = new Step[] {new Step.Grant("a", "10.0.0.1", "h"), new Step.Hold("b", "10.0.0.2")};

        // when
        act(steps);

        // then
        assertThat(told).containsExactly("10.0.0.2 waits on", "10.0.0.1 is let in with h");

        // when
        letItselfIn = "10.0.0.2";
        told.clear();
        act(steps);

        // then
        assertThat(told).containsExactly("10.0.0.2 waits on");
    }

    @Test
    void whatIsMoreIsNotedBeforeThePodIsTold() {
        // when
        act(new Step.Allow("a", "10.0.0.1", "h", null, 15, Map.of("shop", 15)));

        // then
        assertThat(told).containsExactly("a notes \"15\"", "10.0.0.1 has {shop=15} with h");
    }

    @Test
    void whatIsLessIsNotedWhenThePodHasIt() {
        // when
        act(new Step.Allow("a", "10.0.0.1", "h", 15, 12, Map.of("shop", 12)));
        act(new Step.Allow("b", "10.0.0.2", "h", 15, 10, null));
        act(new Step.Allow("c", "10.0.0.3", "h", null, 10, null));
        silent = "10.0.0.4";
        act(new Step.Allow("d", "10.0.0.4", "h", 15, 12, Map.of("shop", 12)));

        // then
        assertThat(told)
                .containsExactly(
                        "10.0.0.1 has {shop=12} with h",
                        "a notes \"12\"",
                        "10.0.0.2 has its share with h",
                        "b notes null",
                        "10.0.0.3 has its share with h",
                        "10.0.0.4 has {shop=12} with h");
    }

    private double told(String answer) {
        return registry.getMeters().stream()
                .filter(meter -> answer.equals(meter.getId().getTag("answer")))
                .flatMap(meter -> StreamSupport.stream(meter.measure().spliterator(), false))
                .mapToDouble(Measurement::getValue)
                .sum();
    }

    @Test
    void anOlderPoolerIsAskedAgainAndAgainAndToldOfOnce() {
        // given
        var expel = new Step.Expel("a", "10.0.0.1", Set.of("app"));
        expelled = new PodLink.Expelled(0, new PodLink.Silent("answered 404, which no operator expects"));

        // when
        act(expel);
        act(expel);
        expelled = new PodLink.Expelled(2, null);
        act(expel);

        // then
        assertThat(told)
                .containsExactly(
                        "10.0.0.1 ends idle sessions of [app]",
                        "10.0.0.1 ends idle sessions of [app]",
                        "10.0.0.1 ends idle sessions of [app]");
        assertThat(told("older")).isEqualTo(1);
        assertThat(told("silent")).isEqualTo(1);
        assertThat(told("ended")).isEqualTo(1);
    }

    @Test
    void whatAQuotaOfThePoolsNamespaceIsAgainstIsTheOwnersMatter() {
        // given
        var own = secret(Map.of(Names.POOL_LABEL, "shop"));

        // when
        var done = act(new Step.Apply(own));

        // then
        assertThat(done.refused().ofPool()).extracting(Problem::path).containsExactly("Secret one");
        assertThat(done.refused().ofClaims()).isEmpty();
    }

    private Actor.Done act(Step... steps) {
        var plan = scene.plan();
        if (actor == null) {
            actor = new Actor(
                    api.client(), new Actor.Pods(new Link(), _ -> {}), Clock.systemUTC(), new Meters(registry));
        }
        return actor.act(scene.pool(), new Plan(List.of(steps), plan.again(), plan.situation()), "admin-password");
    }

    private static HasMetadata secret(Map<String, String> labels) {
        return new SecretBuilder()
                .withMetadata(new ObjectMetaBuilder()
                        .withName("one")
                        .withNamespace("full")
                        .withLabels(labels)
                        .build())
                .build();
    }

    private final class Link implements PodLink {

        @Override
        public StateAnswer state(Address address) {
            return new Silent("is not asked here");
        }

        @Override
        public ReloadAnswer reload(Address address, String hash, long generation) {
            told.add(address.host() + " loads " + hash + " of generation " + generation);
            return new Loaded(hash, generation);
        }

        @Override
        public @Nullable Silent drain(Address address) {
            return new Silent("is not drained here");
        }

        @Override
        public Expelled expel(Address address, Set<String> users) {
            told.add(address.host() + " ends idle sessions of " + users);
            return expelled;
        }

        @Override
        public @Nullable Silent grant(Address address, String hash) {
            told.add(address.host() + " is let in with " + hash);
            return null;
        }

        @Override
        public @Nullable Silent allow(Address address, String hash, @Nullable Map<String, Integer> databases) {
            told.add(address.host() + " has " + (databases == null ? "its share" : databases) + " with " + hash);
            return address.host().equals(silent) ? new Silent("no answer") : null;
        }

        @Override
        public @Nullable Silent hold(Address address) {
            told.add(address.host() + " waits on");
            return letItselfIn.equals(address.host()) ? new Silent("answered 409, which no operator expects") : null;
        }

        @Override
        public @Nullable Silent revoke(Address address, Set<String> users) {
            told.add(address.host() + " lets in no more " + users);
            return null;
        }
    }
}
