package io.pgdoorman.operator.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LeadershipTest {

    private @Nullable Lease lease;
    private int lost;
    private final Leadership leadership = new Leadership("me", () -> lease, () -> lost++);

    private void heldBy(String holder, int transitions) {
        lease = new LeaseBuilder()
                .withNewSpec()
                .withHolderIdentity(holder)
                .withLeaseTransitions(transitions)
                .endSpec()
                .build();
    }

    @Test
    void theLeaseNumbersItsHolders() {
        // given
        heldBy("me", 7);
        var before = leadership.current();

        // when
        leadership.began();

        // then
        assertThat(before).isEmpty();
        assertThat(leadership.current()).hasValue(7);
        assertThat(lost).isZero();
    }

    @Test
    void whoIsDeposedDoesNotLeadAnyMore() {
        // given
        heldBy("me", 7);
        leadership.began();
        heldBy("other", 8);

        // when
        leadership.doubted(8);

        // then
        assertThat(leadership.current()).isEmpty();
        assertThat(lost).isOne();
    }

    /// Else a Lease that somebody deleted would leave a fleet that obeys nobody.
    @Test
    void theHolderOfALeaseThatWasMadeAnewGoesOnAboveAllEarlierOnes() {
        // given
        heldBy("me", 0);
        leadership.began();

        // when
        leadership.doubted(9);

        // then
        assertThat(leadership.current()).hasValue(10);
        assertThat(lost).isZero();
    }

    @Test
    void theLargestNumberIsTheLast() {
        // given
        heldBy("me", 0);
        leadership.began();

        // when
        for (var i = 0; i < Long.SIZE; i++) {
            leadership.doubted(Long.MAX_VALUE);
        }

        // then
        assertThat(leadership.current()).hasValue(Long.MAX_VALUE);
    }

    /// Whoever may make a pod beside one pool could else number the leader out of reach of every other pool's pods.
    @Test
    void aPodThatExaggeratesIsBelievedStepByStep() {
        // given
        heldBy("me", 0);
        leadership.began();

        // when
        leadership.doubted(Long.MAX_VALUE);
        var first = leadership.current().orElseThrow();
        leadership.doubted(Long.MAX_VALUE - 1);
        var second = leadership.current().orElseThrow();

        // then: the next leader, who begins with what the Lease counts, catches up in as many steps
        assertThat(first).isEqualTo(1_000);
        assertThat(second).isEqualTo(3_000);
        assertThat(lost).isZero();
    }
}
