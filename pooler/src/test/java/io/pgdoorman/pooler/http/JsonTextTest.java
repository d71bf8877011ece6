package io.pgdoorman.pooler.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class JsonTextTest {

    @Test
    void writesEachReloadAnswerAsTheOperatorReadsIt() {
        assertThat(text(new ReloadAnswer.Applied("ab", 7L)))
                .isEqualTo("{\"result\":\"applied\",\"hash\":\"ab\",\"generation\":7}");
        assertThat(text(new ReloadAnswer.Unchanged("ab", null)))
                .isEqualTo("{\"result\":\"unchanged\",\"hash\":\"ab\",\"generation\":null}");
        assertThat(text(new ReloadAnswer.Stale("old", "ab", 7L)))
                .isEqualTo("{\"result\":\"stale\",\"hash\":\"old\",\"loadedHash\":\"ab\",\"generation\":7}");
        assertThat(text(new ReloadAnswer.Fenced(8))).isEqualTo("{\"result\":\"fenced\",\"generation\":8}");
        assertThat(text(new ReloadAnswer.Rejected(
                        "ab",
                        new RejectedConfig(
                                null,
                                List.of(
                                        new ConfigFault("c.yaml", "general.port", 3, "say \"5\"\n"),
                                        new ConfigFault("c.yaml", "pools", null, "none"))))))
                .isEqualTo("{\"result\":\"rejected\",\"hash\":\"ab\",\"rejected\":{\"hash\":null,\"faults\":["
                        + "{\"file\":\"c.yaml\",\"path\":\"general.port\",\"line\":3,\"message\":\"say \\\"5\\\"\\n\"},"
                        + "{\"file\":\"c.yaml\",\"path\":\"pools\",\"line\":null,\"message\":\"none\"}]}}");
    }

    @Test
    void writesTheStateWithEveryField() {
        assertThat(new String(JsonText.of(new FakeActions().state), UTF_8))
                .isEqualTo(
                        "{\"version\":\"0.1.0\",\"state\":\"ready\",\"loadedHash\":\"abc\",\"generation\":7,\"revoked\":[],"
                            + "\"rejected\":null,\"clients\":1,\"inTransaction\":2,\"waiting\":3,"
                            + "\"serverConnections\":4,\"pinned\":5,\"oldestWaitMillis\":6,\"utilisation\":0.26,"
                            + "\"servers\":{\"most\":15,\"share\":10,\"held\":12,\"needed\":9,\"waiting\":3,\"oldestWaitMillis\":250},"
                            + "\"troubles\":[{\"database\":\"shop\",\"kind\":\"tls\",\"reason\":\"no"
                            + " TLS\"}],\"previousLogins\":{\"app\":3},\"startedAt\":\"2026-11-24T10:00:00Z\"}");
    }

    @Test
    void writesReasonsOfAProbe() {
        assertThat(new String(JsonText.ofObjections(List.of()), UTF_8)).isEqualTo("{\"status\":\"ok\",\"reasons\":[]}");
        assertThat(new String(JsonText.ofObjections(List.of("draining")), UTF_8))
                .isEqualTo("{\"status\":\"unavailable\",\"reasons\":[\"draining\"]}");
    }

    private static String text(ReloadAnswer answer) {
        return new String(JsonText.of(answer), UTF_8);
    }
}
