package io.pgdoorman.pooler.stats;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.stats.ProcessStats.ConnectPhase;
import io.pgdoorman.pooler.stats.ProcessStats.Kind;
import io.pgdoorman.pooler.stats.ProcessStats.Reason;
import io.pgdoorman.pooler.stats.ProcessStats.ReloadResult;
import org.junit.jupiter.api.Test;

class ProcessStatsTest {

    private final ProcessStats stats = new ProcessStats();

    @Test
    void countsConnectionsByKindAndReason() {
        // when
        stats.accepted(Kind.PLAIN);
        stats.accepted(Kind.PLAIN);
        stats.accepted(Kind.CANCEL);
        stats.rejected(Reason.TOO_MANY_CLIENTS);

        // then
        assertThat(stats.acceptedCount()).isEqualTo(3);
        assertThat(stats.acceptedCount(Kind.PLAIN)).isEqualTo(2);
        assertThat(stats.acceptedCount(Kind.TLS)).isZero();
        assertThat(stats.rejectedCount()).isEqualTo(1);
        assertThat(stats.rejectedCount(Reason.TOO_MANY_CLIENTS)).isEqualTo(1);
        assertThat(Reason.TOO_MANY_CLIENTS.label()).isEqualTo("too_many_clients");
    }

    @Test
    void keepsTheStepsOfServerConnectionsApart() {
        // when
        stats.connectPhase(ConnectPhase.TCP_CONNECT, 1_000);
        stats.connectPhase(ConnectPhase.AUTH, 2_000);
        stats.connectPhase(ConnectPhase.AUTH, 3_000);
        stats.loginNanos(4_000);

        // then
        assertThat(stats.connects(ConnectPhase.TCP_CONNECT).sumNanos()).isEqualTo(1_000);
        assertThat(stats.connects(ConnectPhase.AUTH).count()).isEqualTo(2);
        assertThat(stats.connects(ConnectPhase.STARTUP).count()).isZero();
        assertThat(stats.logins().sumNanos()).isEqualTo(4_000);
    }

    @Test
    void countsReloadsByResult() {
        // when
        stats.reloaded(ReloadResult.APPLIED);
        stats.reloaded(ReloadResult.REJECTED);
        stats.reloaded(ReloadResult.REJECTED);

        // then
        assertThat(stats.reloadCount(ReloadResult.APPLIED)).isEqualTo(1);
        assertThat(stats.reloadCount(ReloadResult.REJECTED)).isEqualTo(2);
        assertThat(stats.reloadCount(ReloadResult.STALE)).isZero();
    }
}
