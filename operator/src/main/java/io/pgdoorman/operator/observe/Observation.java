package io.pgdoorman.operator.observe;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.pgdoorman.operator.access.Decision;
import io.pgdoorman.operator.access.Decision.Granted;
import io.pgdoorman.operator.access.Rotation;
import io.pgdoorman.operator.access.TenantPassword;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccess;
import io.pgdoorman.operator.api.v1alpha1.SecretRef;
import io.pgdoorman.operator.api.v1alpha1.SecretUse;
import io.pgdoorman.operator.child.CertificateChild;
import io.pgdoorman.operator.child.Names;
import io.pgdoorman.operator.child.PeersChild;
import io.pgdoorman.operator.child.PodMonitorChild;
import io.pgdoorman.operator.render.SecretValue;
import io.pgdoorman.operator.render.Tenant;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A pool's surroundings at one moment.
///
/// @param adminPassword the one in use, or a fresh one if there is none yet
public record Observation(
        Children children, List<PodView> pods, References references, String adminPassword, Access access) {

    public Observation {
        pods = List.copyOf(pods);
    }

    @Override
    public String toString() {
        return "Observation[" + pods.size() + " pods]";
    }

    /// The objects that bear the names of a pool's objects, whoever made them.
    ///
    /// @param unknownKinds kinds that the pool asks for and the API server does not know
    public record Children(
            @Nullable ConfigMap config,
            @Nullable Secret secrets,
            @Nullable Secret admin,
            @Nullable Secret access,
            @Nullable Deployment deployment,
            @Nullable Service service,
            @Nullable Service readOnly,
            @Nullable Service peers,
            @Nullable PodDisruptionBudget budget,
            @Nullable NetworkPolicy policy,
            @Nullable GenericKubernetesResource monitor,
            @Nullable GenericKubernetesResource certificate,
            Set<String> unknownKinds) {

        /// None exists.
        public static final Children NONE =
                new Children(null, null, null, null, null, null, null, null, null, null, null, null, Set.of());

        public Children {
            unknownKinds = Set.copyOf(unknownKinds);
        }

        /// Those that exist.
        public Stream<HasMetadata> all() {
            return Stream.<@Nullable HasMetadata>of(
                            config,
                            secrets,
                            admin,
                            access,
                            deployment,
                            service,
                            readOnly,
                            peers,
                            budget,
                            policy,
                            monitor,
                            certificate)
                    .filter(Objects::nonNull)
                    .map(Objects::requireNonNull);
        }

        /// The same, but for one of them.
        public Children with(HasMetadata child) {
            return replaced(child, child);
        }

        /// The same without one of them.
        public Children without(HasMetadata child) {
            return replaced(child, null);
        }

        /// The same in a cluster that does not know these kinds.
        public Children withUnknown(Set<String> kinds) {
            return new Children(
                    config,
                    secrets,
                    admin,
                    access,
                    deployment,
                    service,
                    readOnly,
                    peers,
                    budget,
                    policy,
                    monitor,
                    certificate,
                    kinds);
        }

        /// Pools may be named like another pool's Service.
        private static boolean isReadOnly(HasMetadata service) {
            var labels = service.getMetadata().getLabels();
            var pool = labels == null ? null : labels.get(Names.POOL_LABEL);
            return pool != null
                    && !pool.equals(service.getMetadata().getName())
                    && !PeersChild.isOne((Service) service);
        }

        private static boolean isOf(ResourceDefinitionContext kind, HasMetadata child) {
            return child instanceof GenericKubernetesResource && child.getKind().equals(kind.getKind());
        }

        private Children replaced(HasMetadata child, @Nullable HasMetadata by) {
            var name = child.getMetadata().getName();
            return new Children(
                    child instanceof ConfigMap ? (ConfigMap) by : config,
                    child instanceof Secret && name.endsWith("-secrets") ? (Secret) by : secrets,
                    child instanceof Secret && name.endsWith("-admin") ? (Secret) by : admin,
                    child instanceof Secret && name.endsWith("-access") ? (Secret) by : access,
                    child instanceof Deployment ? (Deployment) by : deployment,
                    child instanceof Service one && !PeersChild.isOne(one) && !isReadOnly(one) ? (Service) by : service,
                    child instanceof Service && isReadOnly(child) ? (Service) by : readOnly,
                    child instanceof Service one && PeersChild.isOne(one) ? (Service) by : peers,
                    child instanceof PodDisruptionBudget ? (PodDisruptionBudget) by : budget,
                    child instanceof NetworkPolicy ? (NetworkPolicy) by : policy,
                    isOf(PodMonitorChild.KIND, child) ? (GenericKubernetesResource) by : monitor,
                    isOf(CertificateChild.KIND, child) ? (GenericKubernetesResource) by : certificate,
                    unknownKinds);
        }
    }

    /// What claims of other namespaces are about.
    ///
    /// @param passwords of tenants, by user; fresh ones for those who had none
    /// @param outputs Secrets beside claims, by the claim's uid: those that are its own and the one in its place
    public record Access(
            List<Decision> decisions, SortedMap<String, Credential> passwords, Map<String, List<Secret>> outputs) {

        /// What is overdue is done by the step that waits for something else, so there is no haste.
        private static final Duration SHORTEST = Duration.ofSeconds(1);

        /// Nobody claims anything.
        public static final Access NONE = new Access(List.of(), new TreeMap<>(), Map.of());

        public Access {
            decisions = List.copyOf(decisions);
            passwords = Collections.unmodifiableSortedMap(new TreeMap<>(passwords));
            outputs = Map.copyOf(outputs);
        }

        /// The claims that are granted.
        public List<Granted> granted() {
            return decisions.stream()
                    .filter(Granted.class::isInstance)
                    .map(Granted.class::cast)
                    .toList();
        }

        /// The users that they stand for.
        public List<Tenant> tenants() {
            return granted().stream()
                    .map(granted -> new Tenant(
                            granted.user(),
                            proof(granted),
                            granted.claim().getSpec().database(),
                            granted.serverUser(),
                            granted.poolSize(),
                            granted.maxClientConnections()))
                    .toList();
        }

        private Tenant.Proof proof(Granted granted) {
            var issuer = granted.issuer();
            var claim = granted.claim();
            return issuer == null
                    ? new Tenant.Proof.Password(
                            password(granted).present(), password(granted).previous())
                    : new Tenant.Proof.Token(
                            issuer.name(),
                            claim.getMetadata().getNamespace(),
                            Objects.requireNonNull(claim.getSpec().serviceAccountName()));
        }

        /// The password of a granted claim; made for those with tokens, too, but told to nobody.
        public Credential password(Granted granted) {
            return Objects.requireNonNull(passwords.get(granted.user()));
        }

        /// How long until a password is to be exchanged or retired, if that is sooner than the longest wait.
        public Duration nextExchange(Instant now, Duration longest) {
            return granted().stream()
                    .flatMap(granted -> Rotation.due(password(granted).kept(), granted.rotation()).stream())
                    .map(due -> Duration.between(now, due))
                    .map(wait -> wait.compareTo(SHORTEST) < 0 ? SHORTEST : wait)
                    .filter(wait -> wait.compareTo(longest) < 0)
                    .min(Comparator.naturalOrder())
                    .orElse(longest);
        }

        /// Secrets beside a claim.
        public List<Secret> outputs(DoormanDatabaseAccess claim) {
            return outputs.getOrDefault(claim.getMetadata().getUid(), List.of());
        }

        @Override
        public String toString() {
            return "Access" + decisions;
        }
    }

    /// The password of a claim's user, as pods get it.
    ///
    /// @param kept the same with its history
    /// @param previous lets in beside it; null if none does
    public record Credential(
            TenantPassword kept,
            SecretValue present,
            @Nullable SecretValue previous) {}

    /// What the references of a spec lead to, and those that lead nowhere.
    public record References(Map<SecretRef, SecretValue> values, List<Missing> missing) {
        public References {
            values = Map.copyOf(values);
            missing = List.copyOf(missing);
        }

        @Override
        public String toString() {
            return "References[" + values.keySet() + ", missing " + missing + "]";
        }
    }

    /// A reference that leads nowhere.
    ///
    /// @param who the user, server or place that needs the value
    public record Missing(String who, SecretRef ref, boolean hasSecret) {
        /// What, where, and what to do.
        public String text() {
            if (ref.equals(SecretUse.CLUSTER_KEYS)) {
                return who + ": the keys of this cluster's tokens could not be read (" + ref.key() + ")";
            }
            return hasSecret
                    ? who + ": " + ref.object() + " has no key " + ref.key() + " or an empty one"
                    : who + ": " + ref.object() + " does not exist (key " + ref.key() + " is read from it)";
        }

        /// Of all of them.
        public static String texts(List<Missing> missing) {
            return missing.stream().map(Missing::text).collect(Collectors.joining("; "));
        }
    }
}
