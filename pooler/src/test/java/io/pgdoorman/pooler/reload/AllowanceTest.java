package io.pgdoorman.pooler.reload;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class AllowanceTest {
    private static final Share SHARE = new Share(Map.of("shop", 14, "log", 5), 2);

    @Test
    void aShareIsTheCapsAndThoseWhoLookUsersUp() {
        assertThat(SHARE.connections()).isEqualTo(21);
        assertThat(SHARE.isBounded()).isTrue();
        assertThat(new Share(Map.of("shop", 14, "log", 0), 0).isBounded()).isFalse();
        assertThat(Share.NONE.isBounded()).isFalse();
    }

    @Test
    void anOrderIsInForceAsItIsGiven() {
        // when
        var allowance = Allowance.ordered(SHARE, Map.of("shop", 20, "log", 7));

        // then
        assertThat(allowance).isEqualTo(new Allowance(29, Map.of("shop", 20, "log", 7)));
        assertThat(Allowance.ordered(SHARE, SHARE.caps())).as("the share").isNull();
    }

    @Test
    void noOtherShareMakesItMore() {
        for (int connections = 1; connections < SHARE.connections(); connections++) {
            // when
            var left = Objects.requireNonNull(Allowance.under(SHARE, connections));

            // then
            assertThat(left.connections()).isEqualTo(connections);
            assertThat(left.caps().values()).allMatch(cap -> cap >= 1);
            assertThat(Share.sum(left.caps()) + SHARE.lookups()).isLessThanOrEqualTo(Math.max(4, connections));
            left.caps()
                    .forEach((database, cap) ->
                            assertThat(cap).isLessThanOrEqualTo(SHARE.caps().get(database)));
        }
    }

    @Test
    void whatWasMoreThanAnotherShareIsThatOne() {
        assertThat(Allowance.under(SHARE, 21)).isNull();
        assertThat(Allowance.under(SHARE, 30)).isNull();
        assertThat(Allowance.under(SHARE, null)).isNull();
        assertThat(Allowance.under(new Share(Map.of("shop", 0), 0), 3))
                .as("no share at all")
                .isNull();
    }
}
