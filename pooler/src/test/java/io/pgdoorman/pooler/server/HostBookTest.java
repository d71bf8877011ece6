package io.pgdoorman.pooler.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HostBookTest {
    private static final long MILLI = 1_000_000;
    private static final Endpoint A = endpoint(1);
    private static final Endpoint B = endpoint(2);
    private static final Endpoint C = endpoint(3);
    private static final ServerRole PRIMARY = new ServerRole(false, false);
    private static final ServerRole STANDBY = new ServerRole(true, false);

    private final HostBook book = new HostBook();
    private final Random random = new Random(7);

    private static Endpoint endpoint(int number) {
        var host = new ServerSettings.Address("10.0.0." + number, 5432);
        return new Endpoint(host, new InetSocketAddress(host.host(), host.port()));
    }

    private List<Endpoint> order(WantedRole wanted, long now) {
        var hosts = new ServerSettings.Hosts(List.of(A.host(), B.host(), C.host()), wanted, false);
        return book.order(List.of(A, B, C), hosts, now, random);
    }

    @Test
    void keepsTheOrderWritten() {
        assertThat(order(WantedRole.ANY, 0)).containsExactly(A, B, C);
    }

    @Test
    void whatIsKnownToBeWantedComesFirstAndWhatIsNotLast() {
        // given
        book.answered(A, STANDBY, 0);
        book.answered(C, PRIMARY, 0);

        // then
        assertThat(order(WantedRole.PRIMARY, 1)).containsExactly(C, B, A);
        assertThat(order(WantedRole.PREFER_STANDBY, 1)).containsExactly(A, B, C);
        assertThat(order(WantedRole.ANY, 1)).containsExactly(A, B, C);
    }

    @Test
    void aSilentHostRestsForLongerEachTimeButNeverForMoreThanFiveSeconds() {
        long now = 0;
        for (int round = 1; round < 40; round++) {
            // when
            book.failed(A, HostBook.Failure.SILENT, now);
            long rest = Math.min(5000, 1000L << Math.min(round - 1, 10));

            // then
            assertThat(order(WantedRole.ANY, now + (rest - 1) * MILLI)).containsExactly(B, C);
            now += rest * MILLI;
            assertThat(order(WantedRole.ANY, now)).containsExactly(A, B, C);
        }
    }

    @Test
    void aRefusalIsForgottenWithTheFirstAnswer() {
        // given
        book.failed(A, HostBook.Failure.REFUSED, 0);
        assertThat(order(WantedRole.ANY, 99 * MILLI)).containsExactly(B, C);

        // when
        book.answered(A, PRIMARY, 99 * MILLI);

        // then
        assertThat(order(WantedRole.ANY, 99 * MILLI)).containsExactly(A, B, C);
    }

    @Test
    void whereAllFailedNoneIsGivenUp() {
        // given
        book.failed(A, HostBook.Failure.SILENT, 0);
        book.failed(B, HostBook.Failure.REFUSED, 0);
        book.failed(C, HostBook.Failure.SILENT, -10 * MILLI);

        // then: the one that has rested longest of its time comes first
        assertThat(order(WantedRole.ANY, 1)).containsExactly(B, C, A);
    }

    @Test
    void randomOrderGivesEachHostItsTurn() {
        // given
        var hosts = new ServerSettings.Hosts(List.of(A.host(), B.host(), C.host()), WantedRole.ANY, true);
        Set<Endpoint> firsts = new HashSet<>();

        // when
        for (int i = 0; i < 50; i++) {
            firsts.add(book.order(List.of(A, B, C), hosts, 0, random).getFirst());
        }

        // then
        assertThat(firsts).containsExactlyInAnyOrder(A, B, C);
    }
}
