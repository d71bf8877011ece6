package io.pgdoorman.pooler.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.wire.Frontend;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class PartingTest {
    private static final byte[] TERMINATE = {Frontend.TERMINATE, 0, 0, 0, 4};

    private final FakePostgres postgres = new FakePostgres(1);
    private final List<Consumer<Boolean>> cancels = new ArrayList<>();
    private int givenUp;

    private void abandon() {
        postgres.freezesTime();
        postgres.connection()
                .abandon(new Parting.Terms(
                        (_, _, ended) -> cancels.add(ended), TimeUnit.SECONDS.toNanos(5), () -> givenUp++));
        assertThat(postgres.received()).isEqualTo(TERMINATE);
    }

    private void answersLast(boolean heard) {
        cancels.getLast().accept(heard);
    }

    @Test
    void saysFarewellAndWaitsUntilPostgresHangsUp() {
        // given
        abandon();

        // when
        postgres.passes(4, TimeUnit.SECONDS);

        // then
        assertThat(postgres.connection().isOpen()).isFalse();
        assertThat(postgres.connection().closeReason()).isEqualTo(CloseReason.CLIENT_GONE);
        assertThat(postgres.isClosed()).isFalse();
        assertThat(cancels).isEmpty();
    }

    @Test
    void nobodyIsCancelledAfterTheEnd() {
        // given
        abandon();

        // when
        postgres.hangsUp();
        postgres.passes(100, TimeUnit.SECONDS);

        // then
        assertThat(cancels).isEmpty();
        assertThat(givenUp).isZero();
    }

    @Test
    void cancelsWhatOutlastsThePatienceWithGrowingPauses() {
        // given
        abandon();
        var sent = new ArrayList<Integer>();

        // when
        for (int second = 1; second <= 70; second++) {
            int before = cancels.size();
            postgres.passes(1, TimeUnit.SECONDS);
            if (cancels.size() > before) {
                sent.add(second);
                answersLast(true);
            }
        }

        // then
        assertThat(sent).containsExactly(5, 6, 8, 12, 20, 36, 52, 68);
        assertThat(postgres.isClosed()).isFalse();
        assertThat(givenUp).isZero();

        // when
        postgres.passes(16, TimeUnit.SECONDS);

        // then
        assertThat(postgres.isClosed()).isTrue();
        assertThat(givenUp).isEqualTo(1);
        assertThat(cancels).hasSize(8);
    }

    @Test
    void givesUpAPostgresThatTakesNoCancelTwice() {
        // given
        abandon();
        postgres.passes(5, TimeUnit.SECONDS);
        answersLast(false);
        postgres.passes(1, TimeUnit.SECONDS);

        // when
        answersLast(false);

        // then
        assertThat(postgres.isClosed()).isTrue();
        assertThat(givenUp).isEqualTo(1);
    }

    @Test
    void oneLostCancelIsForgotten() {
        // given
        abandon();
        postgres.passes(5, TimeUnit.SECONDS);
        answersLast(false);
        postgres.passes(1, TimeUnit.SECONDS);
        answersLast(true);
        postgres.passes(2, TimeUnit.SECONDS);

        // when
        answersLast(false);

        // then
        assertThat(postgres.isClosed()).isFalse();
        assertThat(givenUp).isZero();
    }

    @Test
    void cancelsAtOnceWhatSendsMoreThanAnybodyReads() {
        // given
        abandon();
        postgres.sends(new byte[64 * 1024]);
        assertThat(cancels).isEmpty();

        // when
        postgres.sends(new byte[1]);
        postgres.sends(new byte[64 * 1024]);
        postgres.passes(5, TimeUnit.SECONDS);

        // then
        assertThat(cancels).hasSize(1);
        assertThat(postgres.isClosed()).isFalse();
    }

    @Test
    void anotherCloseEndsIt() {
        // given
        abandon();

        // when
        postgres.connection().close(CloseReason.SHUTDOWN);

        // then
        assertThat(postgres.isClosed()).isTrue();
        assertThat(givenUp).isZero();
    }
}
