package io.pgdoorman.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.pgdoorman.operator.access.Consent;
import io.pgdoorman.operator.access.Decision.Refused;
import io.pgdoorman.operator.access.Decision.Why;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccess;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccessSpec;
import io.pgdoorman.operator.api.v1alpha1.DoormanDatabaseAccessSpec.PoolRef;
import io.pgdoorman.operator.status.ClaimStatusMaker;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ClaimNewsTest {

    private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");

    private static DoormanDatabaseAccess claim() {
        var claim = new DoormanDatabaseAccess();
        claim.setMetadata(new ObjectMetaBuilder()
                .withNamespace("apps")
                .withName("web")
                .withUid("c-1")
                .withGeneration(1L)
                .build());
        claim.setSpec(new DoormanDatabaseAccessSpec(
                new PoolRef("shop", "prod"), "shop", "ReadWrite", null, null, null, null, null));
        return claim;
    }

    @Test
    void aStrangerHearsOfAPausedPoolWhatOneThatIsNotThereSays() {
        // given
        var stranger = claim();
        var status = ClaimStatusMaker.refused(Consent.notGranted(stranger), NOW);

        // when
        var first = new ClaimTeller.News(stranger, status);

        // then: who names a pool that is not there hears the same
        assertThat(first.isForStrangers()).isTrue();
    }

    @Test
    void aPausedPoolChangesNothingForThoseItKnows() {
        // given
        var known = claim();
        var over = ClaimStatusMaker.refused(new Refused(known, Why.QUOTA_EXCEEDED, "too many"), NOW);
        var revoked = claim();
        revoked.setStatus(over);

        // when
        var quota = new ClaimTeller.News(known, over);
        var revocation = new ClaimTeller.News(revoked, ClaimStatusMaker.refused(Consent.notGranted(revoked), NOW));

        // then
        assertThat(quota.isForStrangers()).isFalse();
        assertThat(revocation.isForStrangers()).isFalse();
    }
}
