package io.pgdoorman.pooler.client;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.pgdoorman.pooler.script.HeardLog;
import io.pgdoorman.pooler.stats.ClientSnapshot;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class DrainReportTest {
    private static final String LOGGER = "drain-report";

    private static ClientSnapshot client(String address, String state) {
        return new ClientSnapshot(1, "shop", "app", "psql", address, false, state, "idle", 1, 1, 0, 3);
    }

    private static List<String> told(DrainReport report, boolean waits) {
        try (var log = HeardLog.of(LOGGER, Level.INFO)) {
            report.tell(LoggerFactory.getLogger(LOGGER), waits);
            return log.lines();
        }
    }

    @Test
    void countsThoseAtABoundaryAndNamesTheOthers() {
        // when
        var lines = told(
                DrainReport.of(10, List.of(client("10.0.0.1:5000", "pinned"), client("10.0.0.2:5000", "active"))),
                false);

        // then
        assertThat(lines)
                .containsExactly(
                        "shutdown_timeout passed, clients are left client=2 state=8 ended at a boundary",
                        "a client is ended where it is database=shop user=app client=10.0.0.1:5000 state=pinned",
                        "a client is ended where it is database=shop user=app client=10.0.0.2:5000 state=active");
    }

    @Test
    void anEmptyHouseIsToldInOneLine() {
        assertThat(told(DrainReport.of(3, List.of()), false))
                .containsExactly("all clients have left client=0 state=3 ended at a boundary");
    }

    @Test
    void whoIsWaitedForIsNamedToo() {
        assertThat(told(DrainReport.of(1, List.of(client("10.0.0.1:5000", "active"))), true))
                .containsExactly(
                        "shutdown_timeout passed, clients are left client=1 state=0 ended at a boundary",
                        "a client is waited for database=shop user=app client=10.0.0.1:5000 state=active");
    }
}
