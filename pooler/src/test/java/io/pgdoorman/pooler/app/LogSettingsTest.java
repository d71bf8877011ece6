package io.pgdoorman.pooler.app;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;

class LogSettingsTest {
    @Test
    void nobodyBeginsALineOfItsOwnByHisName() {
        // given
        var context = new LoggerContext();
        var event = new LoggingEvent(
                "", context.getLogger("io.pgdoorman.Login"), Level.INFO, "LDAP authentication failed", null, null);
        event.addKeyValuePair(new KeyValuePair(
                "user", "x\n2026-01-01T00:00:00.000Z INFO  audit: login succeeded\r\u001b[2J\u2028é\\"));

        // when
        var line = new String(LogSettings.text(context).encode(event), StandardCharsets.UTF_8);

        // then
        assertThat(line)
                .endsWith("user=\"x?2026-01-01T00:00:00.000Z INFO  audit: login succeeded??[2J?é\\\""
                        + System.lineSeparator());
        assertThat(line.strip().lines()).hasSize(1);
    }

    @Test
    void lineIsWhatItWasByLogbacksPattern() {
        // given
        var context = new LoggerContext();
        context.setMDCAdapter(new LogbackMDCAdapter());
        var event = new LoggingEvent(
                "",
                context.getLogger("io.pgdoorman.Login"),
                Level.WARN,
                "{} of {}",
                new IllegalStateException("seen", new IOException("cause")),
                new Object[] {1, 2});
        event.addKeyValuePair(new KeyValuePair("pool", "a b"));
        event.addKeyValuePair(new KeyValuePair("pid", 7));
        var pattern = new PatternLayout();
        pattern.setContext(context);
        pattern.setPattern("%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %logger{0}: %msg %kvp%n");
        pattern.start();

        for (long millis : new long[] {0, 1_000_000_007_008L, 1_767_225_599_999L, 32_503_680_000_000L}) {
            event.setTimeStamp(millis);

            // when
            var line = new String(LogSettings.text(context).encode(event), StandardCharsets.UTF_8);

            // then
            assertThat(line).isEqualTo(pattern.doLayout(event));
        }
    }
}
