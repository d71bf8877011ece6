package io.pgdoorman.pooler.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.http.RevokeBody.Understood;
import io.pgdoorman.pooler.http.RevokeBody.Unreadable;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RevokeBodyTest {

    @Test
    void takesUsers() {
        assertThat(RevokeBody.parse("{\"users\":[\"a\",\"b\"]}")).isEqualTo(new Understood(Set.of("a", "b")));
        assertThat(RevokeBody.parse(" {\"users\": []} ")).isEqualTo(new Understood(Set.of()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{}",
                "{\"users\":\"a\"}",
                "{\"users\":[7]}",
                "{\"users\":[\"a\"",
                "{\"users\":[\"a\"]",
                "{\"users\":[\"a\"],\"more\":1}",
                "{\"users\":[\"a\"]} {}",
                "{\"user\":[\"a\"]}"
            })
    void refusesAnythingElse(String body) {
        assertThat(RevokeBody.parse(body)).isInstanceOf(Unreadable.class);
    }
}
