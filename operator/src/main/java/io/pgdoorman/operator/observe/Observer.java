package io.pgdoorman.operator.observe;

import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.pgdoorman.operator.access.Consent;
import io.pgdoorman.operator.access.Decision;
import io.pgdoorman.operator.access.Rotation;
import io.pgdoorman.operator.access.TenantPassword;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccess;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.SecretRef;
import io.pgdoorman.operator.api.v1alpha1.SecretUse;
import io.pgdoorman.operator.api.v1alpha1.SpecRules;
import io.pgdoorman.operator.child.AccessChild;
import io.pgdoorman.operator.child.Names;
import io.pgdoorman.operator.child.SecretChild;
import io.pgdoorman.operator.observe.Observation.Access;
import io.pgdoorman.operator.observe.Observation.Credential;
import io.pgdoorman.operator.observe.Observation.Missing;
import io.pgdoorman.operator.observe.Observation.References;
import io.pgdoorman.operator.podlink.PodLink;
import io.pgdoorman.operator.podlink.PodLink.StateAnswer;
import io.pgdoorman.operator.render.Place;
import io.pgdoorman.operator.render.SecretValue;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/// Looks at all that surrounds a pool: objects where it is told to look for them, Secrets that a spec names,
/// claims, and pods themselves.
public final class Observer {

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String MAC = "HmacSHA256";

    private final PodLink link;
    private final NamedSecrets secrets;
    private final Claims claims;
    private final ClusterKeys clusterKeys;
    private final ForeignKinds foreignKinds;
    private final Clock clock;
    private final SlowSilence silence = new SlowSilence();

    /// Where the Secrets that a spec names are read, and its ConfigMaps as if they were Secrets.
    public interface NamedSecrets {
        /// The Secret, or null if there is none.
        @Nullable
        Secret find(DoormanPool pool, String name);
    }

    /// Where claims are seen.
    public interface Claims {
        /// Claims that name a pool and are not being deleted.
        List<DoormanDatabaseAccess> of(DoormanPool pool);

        /// Labels of namespaces, by name; empty where namespaces may not be seen.
        Map<String, Map<String, String>> namespaces();
    }

    /// What tells an observer of things that have no name of their own in the pool's namespace.
    public record Sources(NamedSecrets secrets, Claims claims) {}

    public Observer(KubernetesClient client, PodLink link, Sources sources, Clock clock) {
        this.link = link;
        this.secrets = sources.secrets();
        this.claims = sources.claims();
        this.clusterKeys = new ClusterKeys(client, clock);
        this.foreignKinds = new ForeignKinds(client);
        this.clock = clock;
    }

    /// Looks at all of it once.
    ///
    /// @param asked the pool with all that its owner asks for; `pool` has what is in force
    /// @param sight where its objects are seen
    public Observation observe(DoormanPool pool, DoormanPool asked, Sight sight) {
        var children = foreignKinds.added(sight.children(pool), pool);
        var password = Optional.ofNullable(children.admin())
                .filter(secret -> Names.isOwned(secret, pool))
                .map(SecretChild::adminPassword)
                .orElseGet(Observer::freshPassword);
        return new Observation(
                children,
                pods(sight.pods(pool), password),
                references(pool),
                password,
                access(pool, asked, new Beside(children.access(), password, sight)));
    }

    /// Where passwords of claims are kept, what their versions are made with, and where their Secrets are seen.
    private record Beside(@Nullable Secret passwords, String key, Sight sight) {
        @Override
        public String toString() {
            return "Beside";
        }
    }

    private Access access(DoormanPool pool, DoormanPool asked, Beside beside) {
        var all = claims.of(pool);
        if (all.isEmpty()) {
            return Access.NONE;
        }
        var labels = claims.namespaces();
        var decisions = Consent.both(Consent.decide(pool, all, labels), Consent.decide(asked, all, labels));
        var stored = beside.passwords();
        var known = AccessChild.passwords(stored != null && Names.isOwned(stored, pool) ? stored : null);
        var outputs = new HashMap<String, List<Secret>>();
        all.forEach(claim ->
                outputs.put(claim.getMetadata().getUid(), beside.sight().outputs(claim)));
        var passwords = new TreeMap<String, Credential>();
        for (var decision : decisions) {
            if (decision instanceof Decision.Granted granted) {
                var kept = known.get(granted.user());
                var password = kept == null || kept.value().isBlank() ? TenantPassword.first(freshPassword()) : kept;
                var own = outputs.getOrDefault(granted.claim().getMetadata().getUid(), List.of());
                passwords.put(granted.user(), credential(step(granted, password, own), beside.key()));
            }
        }
        return new Access(decisions, passwords, outputs);
    }

    /// Whoever deletes or edits the Secret in which passwords are kept makes others, which pods have to load: what
    /// they acknowledge names the version. Under a key that only readers of Secrets know, it lets nobody guess.
    private static String version(String password, String key) {
        try {
            var mac = Mac.getInstance(MAC);
            mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), MAC));
            return HexFormat.of().formatHex(mac.doFinal(password.getBytes(StandardCharsets.UTF_8)), 0, 4);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + MAC, e);
        }
    }

    private static Credential credential(TenantPassword password, String key) {
        var previous = password.previous();
        return new Credential(
                password,
                new SecretValue(version(password.value(), key), password.value()),
                previous == null ? null : new SecretValue(version(previous, key), previous));
    }

    private TenantPassword step(Decision.Granted granted, TenantPassword password, List<Secret> outputs) {
        var isTold = outputs.stream()
                .filter(secret -> Names.isOwned(secret, granted.claim()))
                .anyMatch(secret -> password.value().equals(AccessChild.password(secret)));
        return Rotation.step(
                password, new Rotation.Moment(granted.rotation(), isTold, clock.instant()), Observer::freshPassword);
    }

    private static String freshPassword() {
        var bytes = new byte[24];
        RANDOM.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private References references(DoormanPool pool) {
        var values = new HashMap<SecretRef, SecretValue>();
        var missing = new ArrayList<Missing>();
        for (var use : SecretUse.of(pool.getSpec())) {
            var ref = use.ref();
            if (ref.equals(SecretUse.CLUSTER_KEYS)) {
                var keys = clusterKeys.find();
                if (keys == null) {
                    missing.add(new Missing(use.who(), ref, false));
                } else {
                    values.put(ref, keys);
                }
                continue;
            }
            var secret = secrets.find(pool, Names.meant(pool, ref.name()));
            var encoded = secret == null || secret.getData() == null
                    ? null
                    : secret.getData().get(ref.key());
            var value =
                    encoded == null ? "" : use.kind() == SecretUse.Kind.KEYTAB ? encoded : SecretChild.decode(encoded);
            if (secret == null || value.isBlank()) {
                missing.add(new Missing(use.who(), ref, secret != null));
            } else {
                values.put(ref, new SecretValue(secret.getMetadata().getResourceVersion(), value));
            }
        }
        return new References(values, missing);
    }

    // Pods.

    private List<PodView> pods(List<Pod> pods, String password) {
        var asks = pods.stream()
                .filter(pod -> !isOver(pod))
                .<Callable<PodView>>map(pod -> () -> view(pod, password))
                .toList();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            return threads.invokeAll(asks).stream().map(Observer::done).toList();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while pods were asked", e);
        }
    }

    private static PodView done(Future<PodView> ask) {
        try {
            return ask.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a pod could not be looked at", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while pods were asked", e);
        }
    }

    private PodView view(Pod pod, String password) {
        var status = pod.getStatus();
        var ip = status == null ? null : status.getPodIP();
        var isTerminating = pod.getMetadata().getDeletionTimestamp() != null;
        var answer = ip == null ? null : ask(pod.getMetadata().getUid(), ip, password);
        return new PodView(
                pod.getMetadata().getName(),
                ip,
                ready(pod).isPresent(),
                isTerminating,
                Names.annotation(pod, Names.BOOT_HASH),
                Names.annotation(pod, Names.CONFIG_HASH),
                trouble(pod),
                pod.getMetadata().getLabels().get(Names.TEMPLATE_LABEL),
                ready(pod)
                        .map(PodCondition::getLastTransitionTime)
                        .map(Instant::parse)
                        .orElse(null),
                answer,
                isTerminating && answer instanceof PodLink.State state ? state.clients() : null,
                allowed(pod),
                PodSize.of(pod));
    }

    /// What somebody else wrote there allows nothing.
    private static @Nullable Integer allowed(Pod pod) {
        var noted = Names.annotation(pod, Names.ALLOWED);
        return noted != null && noted.matches("[1-9][0-9]{0,6}") ? Integer.valueOf(noted) : null;
    }

    private StateAnswer ask(String uid, String ip, String password) {
        var begun = clock.instant();
        var known = silence.of(uid, begun);
        if (known != null) {
            return known;
        }
        var answer = link.state(new PodLink.Address(ip, Place.POD_WEB_PORT, SpecRules.ADMIN_USER, password));
        silence.asked(uid, answer, begun, clock.instant());
        return answer;
    }

    /// Evicted or completed pods stay in the list until somebody deletes them.
    private static boolean isOver(Pod pod) {
        var phase = pod.getStatus() == null ? null : pod.getStatus().getPhase();
        return "Failed".equals(phase) || "Succeeded".equals(phase);
    }

    private static Optional<PodCondition> ready(Pod pod) {
        return Optional.ofNullable(pod.getStatus())
                .flatMap(status -> status.getConditions().stream()
                        .filter(condition -> condition.getType().equals("Ready")
                                && condition.getStatus().equals("True"))
                        .findFirst());
    }

    private static @Nullable String trouble(Pod pod) {
        if (pod.getStatus() == null) {
            return null;
        }
        return pod.getStatus().getContainerStatuses().stream()
                .map(container -> container.getState() == null
                        ? null
                        : container.getState().getWaiting())
                .filter(Objects::nonNull)
                .map(Objects::requireNonNull)
                .filter(waiting -> !"ContainerCreating".equals(waiting.getReason()))
                .map(Observer::words)
                .findFirst()
                .orElse(null);
    }

    private static String words(ContainerStateWaiting waiting) {
        return waiting.getMessage() == null ? waiting.getReason() : waiting.getReason() + ": " + waiting.getMessage();
    }
}
