package io.pgdoorman.pooler.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Base64;
import org.junit.jupiter.api.Test;

class AdminLoginTest {

    private final AdminLogin login = new AdminLogin("admin", "pa:ßword");

    @Test
    void knowsItselfInAHeader() {
        assertThat(login.isIn(basic("admin:pa:ßword"))).isTrue();
        assertThat(login.isIn(basic("admin:pa:ßword").replace("Basic", "bAsIc")))
                .isTrue();
    }

    @Test
    void knowsNobodyElse() {
        assertThat(login.isIn(basic("admin:pa:ßwor"))).isFalse();
        assertThat(login.isIn(basic("admin:pa:ßword2"))).isFalse();
        assertThat(login.isIn(basic("Admin:pa:ßword"))).isFalse();
        assertThat(login.isIn(basic(""))).isFalse();
        assertThat(login.isIn("Basic %%%")).isFalse();
        assertThat(login.isIn("Basic")).isFalse();
        assertThat(login.isIn("Bearer " + basic("admin:pa:ßword").substring(6))).isFalse();
        assertThat(login.isIn("")).isFalse();
    }

    @Test
    void keepsItsPasswordOutOfLogs() {
        assertThat(login.toString()).contains("admin").doesNotContain("ßword");
    }

    private static String basic(String pair) {
        return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(UTF_8));
    }
}
