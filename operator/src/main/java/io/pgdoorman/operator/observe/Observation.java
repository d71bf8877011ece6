package io.pgdoorman.operator.observe;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.pgdoorman.operator.api.v1alpha1.SecretRef;
import io.pgdoorman.operator.render.SecretValue;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A pool's surroundings at one moment.
///
/// @param adminPassword the one in use, or a fresh one if there is none yet
public record Observation(Children children, List<PodView> pods, References references, String adminPassword) {

    public Observation {
        pods = List.copyOf(pods);
    }

    @Override
    public String toString() {
        return "Observation[" + pods.size() + " pods]";
    }

    /// The objects that bear the names of a pool's objects, whoever made them.
    public record Children(
            @Nullable ConfigMap config,
            @Nullable Secret secrets,
            @Nullable Secret admin,
            @Nullable Deployment deployment,
            @Nullable Service service,
            @Nullable PodDisruptionBudget budget) {

        /// None exists.
        public static final Children NONE = new Children(null, null, null, null, null, null);

        /// Those that exist.
        public Stream<HasMetadata> all() {
            return Stream.<@Nullable HasMetadata>of(config, secrets, admin, deployment, service, budget)
                    .filter(Objects::nonNull)
                    .map(Objects::requireNonNull);
        }
    }

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
            return hasSecret
                    ? who + ": Secret " + ref.name() + " has no key " + ref.key() + " or an empty one"
                    : who + ": Secret " + ref.name() + " does not exist (key " + ref.key() + " is read from it)";
        }
    }
}
