package io.pgdoorman.operator.plan;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.pgdoorman.operator.api.v1alpha1.ContainerSize;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One thing to do. Each may be done twice without harm; they are done in order.
public sealed interface Step {

    /// Apply an object by server-side apply.
    record Apply(HasMetadata child) implements Step {
        @Override
        public String toString() {
            return "Apply[" + child.getKind() + " " + child.getMetadata().getName() + "]";
        }
    }

    /// Delete an object of ours that is no longer wanted.
    record Remove(HasMetadata child) implements Step {
        @Override
        public String toString() {
            return "Remove[" + child.getKind() + " " + child.getMetadata().getName() + "]";
        }
    }

    /// Set the replicas of the pool itself, through its scale subresource.
    record Scale(int replicas) implements Step {}

    /// Patch a pod's annotation, so that the kubelet refreshes its volume now and not within a minute.
    record Nudge(String pod, String hash) implements Step {}

    /// Ask the kubelet of a pod to give its pooler another size while it runs.
    record Resize(String pod, ContainerSize size) implements Step {}

    /// Give what a ReplicaSet makes another size; pods that it has made do not mind.
    ///
    /// @param template names the ReplicaSet, as its Deployment's controller does
    record Template(Deployment deployment, String template, ResourceRequirements resources) implements Step {
        @Override
        public String toString() {
            return "Template[" + template + "]";
        }
    }

    /// Ask a pod to load the configuration with this hash.
    record Reload(String pod, String ip, String hash, long generation) implements Step {}

    /// As far as a pod of an older pooler can: end sessions of these users where they do nothing.
    record Expel(String pod, String ip, Set<String> users) implements Step {
        public Expel {
            users = Set.copyOf(users);
        }
    }

    /// Let a pod have its share of the budget, if it runs the configuration with this hash.
    record Grant(String pod, String ip, String hash) implements Step {}

    /// Tell a pod that waits for its share that there is none yet. Nobody is let in before all others have
    /// heard it: who has let itself in meanwhile would have been counted as one that waits.
    record Hold(String pod, String ip) implements Step {}

    /// Let a pod have more or fewer connections than its share, or its share again.
    ///
    /// @param hash of the configuration that it has to run
    /// @param noted what it was allowed before, as its annotation says
    /// @param connections that it may have then
    /// @param databases the same for each database, null for its share
    record Allow(
            String pod,
            String ip,
            String hash,
            @Nullable Integer noted,
            int connections,
            @Nullable Map<String, Integer> databases)
            implements Step {
        public Allow {
            databases = databases == null ? null : Map.copyOf(databases);
        }

        /// What its annotation has to say, null if there has to be none.
        public @Nullable Integer note() {
            return databases == null ? null : connections;
        }

        /// Whether it has to say so before the pod is told: who does not answer then may have heard it.
        public boolean isNotedFirst() {
            return databases != null && (noted == null || connections > noted);
        }
    }

    /// Tell a pod that cannot load what is stored who may not be served any more.
    record Revoke(String pod, String ip, Set<String> users) implements Step {
        public Revoke {
            users = Set.copyOf(users);
        }
    }
}
