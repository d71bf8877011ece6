package io.pgdoorman.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServerHostTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            nullValues = "-",
            value = {
                "db.example; db.example; -",
                " db.example:5433 ; db.example; 5433",
                "10.0.0.1:6000; 10.0.0.1; 6000",
                "::1; ::1; -",
                "[::1]; ::1; -",
                "[fd00::1]:5433; fd00::1; 5433",
                "/run/postgresql; /run/postgresql; -",
                "/run/postgresql:5433; /run/postgresql; 5433"
            })
    void readsHostAndPort(String written, String host, Integer port) {
        assertThat(ServerHost.parse(written)).contains(new ServerHost(host, port));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "  ", ":5432", "db:", "db:0", "db:70000", "db:x", "[::1", "[]:5432", "[db]", "a b", "[::1]x"
            })
    void refusesWhatIsNoHost(String written) {
        assertThat(ServerHost.parse(written)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"db", "db:5433", "::1", "[::1]:5433", "/run/pg", "/run/pg:5433"})
    void writesWhatItReads(String written) {
        assertThat(ServerHost.parse(written)).map(ServerHost::toString).contains(written);
    }
}
