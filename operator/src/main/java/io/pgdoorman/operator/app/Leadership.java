package io.pgdoorman.operator.app;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.pgdoorman.operator.podlink.LeaderEpoch;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Whether this process leads, and as the how manieth leader: the Lease counts how often it changed hands.
///
/// Guarded by its own monitor.
final class Leadership implements LeaderEpoch {

    /// How far above the known count a pod is believed at once, beside twice that count. Counts are small; a pod that
    /// is not ours could else number this leader so high that none after it is heard.
    private static final long STEP = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger(Leadership.class);

    private final String identity;
    private final Supplier<@Nullable Lease> lease;
    private final Runnable lost;
    private OptionalLong epoch = OptionalLong.empty();

    /// @param lost what becomes of a process that finds that it does not lead any more
    Leadership(String identity, Supplier<@Nullable Lease> lease, Runnable lost) {
        this.identity = identity;
        this.lease = lease;
        this.lost = lost;
    }

    static Leadership of(KubernetesClient client, Settings settings, String identity, Runnable lost) {
        return new Leadership(
                identity,
                () -> client.leases()
                        .inNamespace(settings.leaseNamespace())
                        .withName(settings.lease())
                        .get(),
                lost);
    }

    @Override
    public synchronized OptionalLong current() {
        return epoch;
    }

    /// The Lease was taken. Who cannot find out how often it changed hands ends: another one may.
    void began() {
        try {
            rise(-1);
        } catch (KubernetesClientException e) {
            LOG.atError().setCause(e).log("the Lease cannot be read");
            lost.run();
        }
    }

    /// A pod has heard a newer leader. Either there is one, or somebody deleted the Lease and with it the count: who
    /// still holds it goes on as a newer one yet, in steps that no pod can make too large.
    void doubted(long newer) {
        LOG.atWarn().addKeyValue("reason", "a pod knows leader " + newer).log("the Lease is looked at again");
        rise(newer);
    }

    private synchronized void rise(long heard) {
        var live = lease.get();
        if (live == null || !identity.equals(live.getSpec().getHolderIdentity())) {
            epoch = OptionalLong.empty();
            lost.run();
            return;
        }
        var transitions = live.getSpec().getLeaseTransitions();
        var counted = transitions == null ? 0 : transitions.longValue();
        var known = Math.max(counted, epoch.orElse(0));
        epoch = OptionalLong.of(Math.max(known, Math.min(heard, credible(known)) + 1));
        LOG.atInfo().addKeyValue("reason", "epoch " + epoch.getAsLong()).log("operator leads");
    }

    private static long credible(long known) {
        return known < Long.MAX_VALUE / 2 - STEP ? 2 * known + STEP - 1 : Long.MAX_VALUE - 1;
    }
}
