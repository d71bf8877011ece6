package io.pgdoorman.pooler.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/// Who may ask the control server, and how a wrong login is answered.
class ControlServerLoginIT extends ControlServerStage {
    @Test
    void refusesAdminWithoutItsLogin() throws Exception {
        // when
        var without = post("/api/admin/reload", null, "");
        var wrong = post("/api/admin/reload", basic("admin", "Secret"), "");
        var state = get("/api/admin/state");

        // then
        assertThat(without.statusCode()).isEqualTo(401);
        assertThat(without.headers().firstValue("www-authenticate")).isPresent();
        assertThat(wrong.statusCode()).isEqualTo(401);
        assertThat(state.statusCode()).isEqualTo(401);
        assertThat(actions.reloads).isEmpty();
    }

    @Test
    void answersAWrongPasswordLate() throws Exception {
        // given
        var begin = System.nanoTime();

        // when
        var wrong = post("/api/admin/drain", basic("admin", "x"), "");

        // then
        assertThat(wrong.statusCode()).isEqualTo(401);
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThanOrEqualTo(LIMITS.failedLogin());
        assertThat(actions.calls).isEmpty();
    }

    @Test
    void asksScrapersForTheirTokenWhenThereIsOne() throws Exception {
        // given
        login = new AdminLogin("admin", "secret", "t0ken");

        // when
        var without = get("/metrics");
        var wrong = send(request("/metrics").header("Authorization", "Bearer t0ke"));
        var right = send(request("/metrics").header("Authorization", "Bearer t0ken"));
        var admin = send(request("/metrics").header("Authorization", LOGIN));
        var elsewhere = send(request("/api/admin/state").header("Authorization", "Bearer t0ken"));

        // then
        assertThat(without.statusCode()).isEqualTo(401);
        assertThat(wrong.statusCode()).isEqualTo(401);
        assertThat(right.statusCode()).isEqualTo(200);
        assertThat(admin.statusCode()).isEqualTo(200);
        assertThat(elsewhere.statusCode()).isEqualTo(401);
        assertThat(get("/healthz").statusCode()).isEqualTo(200);
        assertThat(admin.body()).contains("pg_doorman_web_auth_failures_total{source=\"bearer\"} 1.0");
        assertThat(login.toString()).doesNotContain("t0ken");
    }
}
