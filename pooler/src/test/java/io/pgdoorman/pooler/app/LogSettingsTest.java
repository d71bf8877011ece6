package io.pgdoorman.pooler.app;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
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
}
