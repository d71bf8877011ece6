package io.pgdoorman.pooler.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.http.ReloadBody.Understood;
import io.pgdoorman.pooler.http.ReloadBody.Unreadable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReloadBodyTest {

    @Test
    void takesHashAndGenerationOrNeither() {
        assertThat(ReloadBody.parse("")).isEqualTo(new Understood(new ReloadRequest(null, null)));
        assertThat(ReloadBody.parse(" {} ")).isEqualTo(new Understood(new ReloadRequest(null, null)));
        assertThat(ReloadBody.parse("{\"hash\":\"ab\"}")).isEqualTo(new Understood(new ReloadRequest("ab", null)));
        assertThat(ReloadBody.parse("{\"generation\":9,\"hash\":null}"))
                .isEqualTo(new Understood(new ReloadRequest(null, 9L)));
        assertThat(ReloadBody.parse("{\"generation\":null}")).isEqualTo(new Understood(new ReloadRequest(null, null)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "7",
                "{",
                "{\"hash\"",
                "{\"hash\":7}",
                "{\"hash\":{}}",
                "{\"generation\":\"7\"}",
                "{\"generation\":1.5}",
                "{\"generation\":99999999999999999999}",
                "{\"force\":true}",
                "{} {}",
                "garbage",
                "\u0000"
            })
    void refusesAnythingElse(String body) {
        assertThat(ReloadBody.parse(body)).isInstanceOf(Unreadable.class);
    }

    @Test
    void refusesDeepNestingWithoutGoingDown() {
        assertThat(ReloadBody.parse("[".repeat(30_000))).isInstanceOf(Unreadable.class);
        assertThat(ReloadBody.parse("{\"hash\":" + "[".repeat(30_000))).isInstanceOf(Unreadable.class);
    }

    @Test
    void namesTheUnknownField() {
        assertThat(ReloadBody.parse("{\"hsh\":\"ab\"}"))
                .isInstanceOfSatisfying(
                        Unreadable.class,
                        refused -> assertThat(refused.reason()).contains("hsh").contains("\"hash\""));
    }
}
