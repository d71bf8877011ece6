package io.pgdoorman.operator.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SettingsTest {

    @Test
    void defaultsWatchEverythingAlone() throws Exception {
        // given
        var flags = List.<String>of();

        // when
        var settings = Settings.read(flags, Map.of());

        // then
        assertThat(settings).isEqualTo(new Settings(Set.of(), null, "default", 8080, "pgdoorman/pooler:dev"));
    }

    @Test
    void flagWinsOverItsVariable() throws Exception {
        // given
        var environment = Map.of(
                "OPERATOR_NAMESPACES", "a, b",
                "OPERATOR_HTTP_PORT", "1",
                "OPERATOR_POOLER_IMAGE", "i:1",
                "OPERATOR_LEASE", "two",
                "OPERATOR_NAMESPACE", "own");

        // when
        var settings = Settings.read(List.of("--http-port=9000", "--leader-election"), environment);

        // then
        assertThat(settings).isEqualTo(new Settings(Set.of("a", "b"), "two", "own", 9000, "i:1"));
    }

    @Test
    void localNeedsItsFolders() throws Exception {
        // given
        var flags = List.of("--manifests=/m", "--state=/s", "--pooler=/p", "--service=postgres=127.0.0.1:5432");

        // when
        var options = LocalCommand.read(flags);

        // then
        assertThat(options.services()).isEqualTo(Map.of("postgres", "127.0.0.1:5432"));
        assertThat(options.controlPort()).isEqualTo(9127);
        assertThatThrownBy(() -> LocalCommand.read(flags.subList(1, 4)))
                .isInstanceOf(Settings.UsageException.class)
                .hasMessage("local needs --manifests=PATH");
    }

    @Test
    void nonsenseIsRefusedByName() {
        // given
        var environment = Map.<String, String>of();

        // when
        var refusals = List.of(List.of("--what"), List.of("--http-port=x"), List.of("--leader-election=maybe"));

        // then
        assertThat(refusals)
                .allSatisfy(flags -> assertThatThrownBy(() -> Settings.read(flags, environment))
                        .isInstanceOf(Settings.UsageException.class)
                        .hasMessageContaining(flags.getFirst().split("=")[0]));
    }
}
