package io.pgdoorman.operator.plan;

import io.pgdoorman.operator.child.ConfigVersion;
import io.pgdoorman.operator.child.StoredConfig;
import io.pgdoorman.operator.plan.Standing.Kind;
import io.pgdoorman.operator.render.ConfigText;
import io.pgdoorman.operator.render.Renderer;
import java.util.List;

/// The way to a configuration that only new pods can take: those that run get first what they can take of it, so that
/// they are right while they drain and hold no more connections to servers than new ones count on.
final class Bridge {

    private Bridge() {}

    /// What is on this side of it, and on the other.
    ///
    /// @param pods as they stand towards what is stored
    record Banks(Want.Config want, StoredConfig before, List<Standing> pods, boolean isLate) {

        ConfigVersion desired() {
            var rendered = want.rendered();
            return new ConfigVersion(rendered.text(), rendered.hash(), rendered.bootHash());
        }
    }

    /// What pods should run next: what is wanted, or the way to it.
    ///
    /// @param isOpen whether there may be new pods on the other side
    static ConfigVersion next(Banks banks, boolean isOpen) {
        var running = banks.before().current();
        var desired = banks.desired();
        if (running.bootHash().equals(desired.bootHash()) || banks.pods().isEmpty()) {
            return desired;
        }
        var takable = Renderer.booted(new ConfigText(desired.text(), desired.hash()), running.text());
        var bridge = new ConfigVersion(takable.text(), takable.hash(), running.bootHash());
        return isOpen && running.hash().equals(bridge.hash()) && isCrossed(banks) ? desired : bridge;
    }

    /// A budget waits for as long as it takes; pods that do not answer hold up what is hot for a while only.
    private static boolean isCrossed(Banks banks) {
        return Budget.spenders(banks.want(), banks.before(), banks.pods()).isEmpty()
                && (banks.isLate() || banks.pods().stream().noneMatch(pod -> pod.kind() == Kind.BEHIND));
    }

    /// What is stored when `next` follows. Pods that are left behind run what is on this side, so that it stays known.
    static StoredConfig left(Banks banks, ConfigVersion next) {
        var before = banks.before();
        var isLeft = !before.current().bootHash().equals(next.bootHash())
                && banks.pods().stream().anyMatch(pod -> pod.kind() == Kind.IN_STEP);
        return isLeft ? before.proven() : before;
    }
}
