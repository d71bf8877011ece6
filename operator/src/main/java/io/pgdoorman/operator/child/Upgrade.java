package io.pgdoorman.operator.child;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolStatus;
import io.pgdoorman.operator.api.v1alpha1.Gated;
import io.pgdoorman.operator.api.v1alpha1.InPlace;
import io.pgdoorman.operator.api.v1alpha1.RolloutSpec.Upgrades;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Which template a spec asks for. A new operator, with another default image or other words in its template,
/// replaces no pod by itself: what an older one gave stays until its owner accepts the newer, by annotation or once
/// for all.
///
/// A template goes with what it was made for, noted beside it. While that is the same the template is, too. An edit
/// that needs other pods makes it anew, with the image that was the default when the pool last had one by default; a
/// size that pods can have in place ([InPlace]) is all that such an edit changes.
public final class Upgrade {

    static final String DEFAULT_IMAGE = "pgdoorman.io/default-image";

    /// On the Deployment: what its template was made for, whatever the size of the pooler's container.
    static final String ASKED_BUT_SIZE = "pgdoorman.io/template-asked-but-size";

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
        var pinned = new Newest(pinned(live, newest), newest.bootHash());
        return kept == null
                ? noted(pool, DeploymentChild.of(pool, pinned.image(), pinned.bootHash()), pinned)
                : noted(pool, with(offered, kept), pinned);
    }

    private static Deployment with(Deployment offered, PodTemplateSpec template) {
        offered.getSpec().setTemplate(template);
        Rollback.annotate(offered, Names.TEMPLATE_HASH, Drift.hash((Object) template));
        return offered;
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
        var template = Rollback.applied(live);
        if (template == null || asked(pool, newest).equals(Names.annotation(live, Names.ASKED))) {
            return template;
        }
        return askedButSize(pool, newest).equals(Names.annotation(live, ASKED_BUT_SIZE))
                ? resized(pool, template, newest)
                : null;
    }

    /// With the size of the one that this operator would make; null if that needs another process.
    private static @Nullable PodTemplateSpec resized(DoormanPool pool, PodTemplateSpec kept, Newest newest) {
        var size = pooler(DeploymentChild.of(pool, newest.image(), newest.bootHash())
                        .getSpec()
                        .getTemplate())
                .getResources();
        var resized = new PodTemplateSpecBuilder(kept).build();
        pooler(resized).setResources(size);
        var hasItsHeap = pool.getSpec().heapMib() == null;
        return InPlace.between(kept, resized)
                .filter(change -> hasItsHeap || change.keepsMemoryLimit())
                .map(_ -> resized)
                .orElse(null);
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
        Rollback.annotate(wanted, ASKED_BUT_SIZE, askedButSize(pool, made));
        if (pool.getSpec().image() == null) {
            Rollback.annotate(wanted, DEFAULT_IMAGE, made.image());
        }
        return wanted;
    }

    private static String asked(DoormanPool pool, Newest made) {
        return Gated.podsHash(pool.getSpec()) + "-" + made.bootHash();
    }

    private static String askedButSize(DoormanPool pool, Newest made) {
        return Gated.podsHashWithoutSize(pool.getSpec()) + "-" + made.bootHash();
    }

    private static String image(PodTemplateSpec template) {
        return pooler(template).getImage();
    }

    private static Container pooler(PodTemplateSpec template) {
        return template.getSpec().getContainers().stream()
                .filter(container -> container.getName().equals(DeploymentChild.CONTAINER))
                .findFirst()
                .orElseThrow();
    }

    private static String hash(Deployment deployment) {
        return Objects.requireNonNull(Names.annotation(deployment, Names.TEMPLATE_HASH));
    }
}
