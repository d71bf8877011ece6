package io.pgdoorman.operator.render;

import static io.pgdoorman.operator.render.RenderStage.MANIFEST;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class StartupParametersTest {

    @Test
    void withABudgetPostgresIsAskedToMissPodsThatAreGone() {
        assertThat(parameters("budget: {maxServerConnections: 60}")).isEqualTo(keepalive("10", "5", "4"));
        assertThat(parameters("budget: {maxServerConnections: 60, lostPodTimeout: 10s}"))
                .isEqualTo(keepalive("6", "1", "4"));
        assertThat(parameters("budget: {maxServerConnections: 60, lostPodTimeout: 2h}"))
                .isEqualTo(keepalive("2400", "1200", "4"));
    }

    @Test
    void itIsNotAskedWithoutABudgetNorWhereThatIsNotWanted() {
        assertThat(parameters("budget: {maxServerConnections: 60, lostPodTimeout: 0s}"))
                .isEmpty();
        assertThat(parameters("budget: {lostPodTimeout: 10s}")).isEmpty();
    }

    @Test
    void aDatabaseMayHaveItsOwn() {
        // given
        var own = MANIFEST.replace("name: shop, ", "name: shop, startupParameters: {tcp_keepalives_idle: '99'}, ");

        // when
        var parameters = parameters(own, "budget: {maxServerConnections: 60}");

        // then
        assertThat(parameters).isEqualTo(Map.of("tcp_keepalives_idle", "99"));
    }

    private static Map<String, String> keepalive(String idle, String interval, String count) {
        return Map.of("tcp_keepalives_idle", idle, "tcp_keepalives_interval", interval, "tcp_keepalives_count", count);
    }

    private static Map<String, String> parameters(String budget) {
        return parameters(MANIFEST, budget);
    }

    private static Map<String, String> parameters(String manifest, String budget) {
        var spec = RenderStage.spec(manifest.stripTrailing() + "\n  " + budget + "\n");
        return StartupParameters.of(spec.databases().getFirst(), spec.budget());
    }
}
