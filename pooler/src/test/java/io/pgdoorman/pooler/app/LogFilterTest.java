package io.pgdoorman.pooler.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogFilterTest {
    private final LoggerContext context = new LoggerContext();
    private final LogFilter filter = begun(Level.INFO);

    private LogFilter begun(Level level) {
        context.getLogger("ROOT").setLevel(level);
        return new LogFilter(context);
    }

    private Level levelOf(String logger) {
        return context.getLogger(logger).getEffectiveLevel();
    }

    @Test
    void aModuleIsARoomOrALogger() {
        // when
        filter.set("WARN, relay=debug, io.netty.handler=trace");

        // then
        assertThat(levelOf("io.pgdoorman.pooler.pool.Pool")).isEqualTo(Level.WARN);
        assertThat(levelOf("io.pgdoorman.pooler.relay.Relay")).isEqualTo(Level.DEBUG);
        assertThat(levelOf("io.netty.handler.ssl")).isEqualTo(Level.TRACE);
        assertThat(filter.shown()).isEqualTo("warn,io.netty.handler=trace,relay=debug");
    }

    @Test
    void theNextFilterTakesTheModulesOfTheLastBack() {
        // given
        filter.set("warn,relay=debug");

        // when
        filter.set("default");

        // then
        assertThat(filter.shown()).isEqualTo("info");
        assertThat(levelOf("io.pgdoorman.pooler.relay.Relay")).isEqualTo(Level.INFO);
    }

    @Test
    void modulesAloneLeaveTheLevelOfAll() {
        // when
        filter.set("pool=off");

        // then
        assertThat(filter.shown()).isEqualTo("info,pool=off");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "loud", "warn,info", "relay=", "=debug", "relay=debug=info", "warn,,pool=info"})
    void whatCannotBeReadChangesNothing(String text) {
        // given
        filter.set("error,pool=info");

        // when then
        assertThatThrownBy(() -> filter.set(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is no log level");
        assertThat(filter.shown()).isEqualTo("error,pool=info");
    }
}
