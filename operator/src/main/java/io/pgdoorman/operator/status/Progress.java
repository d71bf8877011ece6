package io.pgdoorman.operator.status;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolStatus;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolStatus.Rollout;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolStatus.Secret;
import io.pgdoorman.operator.api.v1alpha1.SecretUse;
import io.pgdoorman.operator.child.Canary;
import io.pgdoorman.operator.child.Names;
import io.pgdoorman.operator.child.ResizeNote;
import io.pgdoorman.operator.child.Rollback;
import io.pgdoorman.operator.observe.Observation;
import io.pgdoorman.operator.plan.Plan.Situation;
import io.pgdoorman.operator.plan.Standing.Kind;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What a status remembers of the one before: since when, and what was before.
final class Progress {

    private final DoormanPool pool;
    private final Observation seen;
    private final Situation situation;
    private final @Nullable DoormanPoolStatus before;
    private final String now;

    Progress(DoormanPool pool, Observation seen, Situation situation, Instant now) {
        this.pool = pool;
        this.seen = seen;
        this.situation = situation;
        this.before = pool.getStatus();
        this.now = now.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /// When the last pod acknowledged what is in the ConfigMap; null before the first time. A pod that joins later
    /// loads what the others run already: that is no reload.
    @Nullable
    String lastReloadTime(int acked, int total) {
        var known = before == null ? null : before.config().lastReloadTime();
        var stored = situation.stored();
        if (stored == null || total == 0 || acked < total) {
            return known;
        }
        var written = stored.writtenAt().truncatedTo(ChronoUnit.SECONDS);
        return known == null || Instant.parse(known).isBefore(written) ? now : known;
    }

    /// Null until there is a Deployment.
    @Nullable
    Rollout rollout() {
        var live = seen.children().deployment();
        var update = live == null ? null : Names.annotation(live, Names.TEMPLATE_HASH);
        if (live == null || update == null) {
            return null;
        }
        var known = before == null ? null : before.rollout();
        var phase = phase(live);
        var current = phase.equals("Complete") || phase.equals("RolledBack")
                ? update
                : known == null ? null : known.currentRevision();
        var startedAt = known != null && known.updateRevision().equals(update) ? known.startedAt() : now;
        return new Rollout(current, update, phase, startedAt);
    }

    private String phase(Deployment live) {
        if (Rollback.failure(live) != null) {
            return "RolledBack";
        }
        if (Rollback.isStuck(live)) {
            return "Stuck";
        }
        if (ResizeNote.on(live) != null) {
            return "Resizing";
        }
        if (!isReplacing(live)) {
            return "Complete";
        }
        if (pool.getSpec().rollout().paused()) {
            return "Paused";
        }
        return Canary.older(live) == null ? "Progressing" : "Canary";
    }

    /// Pods of an older template are there, or the Deployment's controller has not looked yet.
    private boolean isReplacing(Deployment live) {
        var status = live.getStatus();
        if (status == null || status.getUpdatedReplicas() == null) {
            return live.getSpec().getReplicas() > 0;
        }
        return !situation.pods(Kind.TO_BE_REPLACED).isEmpty()
                || (status.getReplicas() != null && status.getUpdatedReplicas() < status.getReplicas());
    }

    /// By name; a Secret of which several keys are read is one.
    List<Secret> secrets(int acked) {
        var versions = new TreeMap<String, String>();
        for (var use : SecretUse.of(pool.getSpec())) {
            var value = seen.references().values().get(use.ref());
            if (value != null && !use.ref().equals(SecretUse.CLUSTER_KEYS) && use.kind() != SecretUse.Kind.RULES) {
                versions.put(Names.meant(pool, use.ref().name()), value.version());
            }
        }
        return versions.entrySet().stream()
                .limit(DoormanPoolStatus.SECRETS_SHOWN)
                .map(secret -> new Secret(secret.getKey(), secret.getValue(), acked))
                .toList();
    }
}
