package io.pgdoorman.operator.app;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElectionConfigBuilder;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaseLock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Several operators may run; who holds the Lease works.
///
/// Not the election of JOSDK, which believes the clocks of other nodes (see [ObservedLease]).
final class Election implements AutoCloseable {

    /// What all Kubernetes components have: a dead leader is followed within so long, a live one renews five times
    /// meanwhile.
    private static final Duration LEASE = Duration.ofSeconds(15);

    private static final Duration RENEW = Duration.ofSeconds(10);
    private static final Duration RETRY = Duration.ofSeconds(2);

    private static final Logger LOG = LoggerFactory.getLogger(Election.class);

    private final CompletableFuture<?> running;

    private Election(CompletableFuture<?> running) {
        this.running = running;
    }

    /// Stands for election until closed.
    ///
    /// @throws io.fabric8.kubernetes.client.KubernetesClientException if the Lease cannot be read
    /// @param won called once, must not keep the elector from renewing
    /// @param lost called when the Lease could not be renewed, and at the end
    static Election join(KubernetesClient client, Settings settings, String identity, Runnable won, Runnable lost) {
        var lease = Objects.requireNonNull(settings.lease(), "an election needs a Lease");
        var lock = new ObservedLease(
                new LeaseLock(settings.leaseNamespace(), lease, identity),
                System::nanoTime,
                () -> ZonedDateTime.now(ZoneOffset.UTC));
        LOG.atInfo()
                .addKeyValue("lease", lock.describe())
                .addKeyValue("holder", holder(client, lock))
                .log("operator stands for election");
        var config = new LeaderElectionConfigBuilder()
                .withName(lease)
                .withLock(lock)
                .withLeaseDuration(LEASE)
                .withRenewDeadline(RENEW)
                .withRetryPeriod(RETRY)
                .withReleaseOnCancel(true)
                .withLeaderCallbacks(new LeaderCallbacks(won, lost, _ -> {}))
                .build();
        return new Election(client.leaderElector().withConfig(config).build().start());
    }

    /// Who may not read it would never be elected, and says so at once.
    private static String holder(KubernetesClient client, ObservedLease lock) {
        var live = lock.get(client);
        return live == null ? "nobody yet" : live.getHolderIdentity();
    }

    /// Gives the Lease up, so that the next one need not wait for its end.
    @Override
    public void close() {
        running.cancel(false);
    }
}
