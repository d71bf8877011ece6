package io.pgdoorman.operator.child;

import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolStatus;
import io.pgdoorman.operator.api.v1alpha1.Gated;
import io.pgdoorman.operator.api.v1alpha1.RolloutSpec.Upgrades;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Which template a spec asks for. A new operator, with another default image or other words in its template,
/// replaces no pod by itself: what an older one gave stays until its owner accepts the newer, by annotation or once
/// for all.
///
/// A template goes with what it was made for, noted beside it. While that is the same the template is, too. An edit
/// that needs other pods makes it anew, with the image that was the default when the pool last had one by default.
public final class Upgrade {

    private static final String DEFAULT_IMAGE = "pgdoorman.io/default-image";

    private Upgrade() {}

    /// What this operator would make.
    public record Newest(String image, String bootHash) {}

    /// The Deployment with the template that is asked for.
    public static Deployment wanted(DoormanPool pool, @Nullable Deployment live, Newest newest) {
        var offered = DeploymentChild.of(pool, newest.image(), newest.bootHash());
        if (live == null || isAccepted(pool, offered)) {
            return noted(pool, offered, newest);
        }
        var kept = kept(pool, live, newest);
        if (kept != null) {
            offered.getSpec().setTemplate(kept);
            Rollback.annotate(offered, Names.TEMPLATE_HASH, Drift.hash((Object) kept));
            return noted(pool, offered, new Newest(pinned(live, newest), newest.bootHash()));
        }
        var pinned = new Newest(pinned(live, newest), newest.bootHash());
        return noted(pool, DeploymentChild.of(pool, pinned.image(), pinned.bootHash()), pinned);
    }

    /// What its owner has to accept, null if pods have, or get, the newest.
    public static DoormanPoolStatus.@Nullable Upgrade offer(
            DoormanPool pool, @Nullable Deployment live, Newest newest) {
        var offered = DeploymentChild.of(pool, newest.image(), newest.bootHash());
        return hash(offered).equals(hash(wanted(pool, live, newest)))
                ? null
                : new DoormanPoolStatus.Upgrade(
                        hash(offered), image(offered.getSpec().getTemplate()));
    }

    /// The image that new pods run.
    public static String image(DoormanPool pool, @Nullable Deployment live, String defaultImage) {
        return live == null
                ? DeploymentChild.image(pool, defaultImage)
                : image(live.getSpec().getTemplate());
    }

    private static boolean isAccepted(DoormanPool pool, Deployment offered) {
        return pool.getSpec().rollout().upgrades() == Upgrades.Automatic
                || pool.annotation(DoormanPool.ACCEPT_UPGRADE).equals(hash(offered));
    }

    private static @Nullable PodTemplateSpec kept(DoormanPool pool, Deployment live, Newest newest) {
        var applied = Names.annotation(live, Rollback.APPLIED);
        if (applied == null || !asked(pool, newest).equals(Names.annotation(live, Names.ASKED))) {
            return null;
        }
        var template = Rollback.read(applied);
        var isAsItWas =
                template != null && Drift.hash((Object) template).equals(Names.annotation(live, Names.TEMPLATE_HASH));
        return isAsItWas ? template : null;
    }

    private static String pinned(Deployment live, Newest newest) {
        var noted = Names.annotation(live, DEFAULT_IMAGE);
        if (noted != null) {
            return noted;
        }
        return Names.annotation(live, Names.ASKED) == null
                ? image(live.getSpec().getTemplate())
                : newest.image();
    }

    private static Deployment noted(DoormanPool pool, Deployment wanted, Newest made) {
        Rollback.annotate(wanted, Names.ASKED, asked(pool, made));
        if (pool.getSpec().image() == null) {
            Rollback.annotate(wanted, DEFAULT_IMAGE, made.image());
        }
        return wanted;
    }

    private static String asked(DoormanPool pool, Newest made) {
        return Gated.podsHash(pool.getSpec()) + "-" + made.bootHash();
    }

    private static String image(PodTemplateSpec template) {
        return template.getSpec().getContainers().stream()
                .filter(container -> container.getName().equals(DeploymentChild.CONTAINER))
                .findFirst()
                .orElseThrow()
                .getImage();
    }

    private static String hash(Deployment deployment) {
        return Objects.requireNonNull(Names.annotation(deployment, Names.TEMPLATE_HASH));
    }
}
