package io.pgdoorman.pooler.app;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What syslog hears.
class SyslogIT {
    @TempDir
    private Path folder;

    private final LoggerContext context = new LoggerContext();
    private final ListAppender<ILoggingEvent> before = new ListAppender<>();

    private SyslogAppender appender(String path) {
        var layout = new PatternLayout();
        layout.setContext(context);
        layout.setPattern("%logger{0}: %msg %kvp%n");
        layout.start();
        before.start();
        var appender = new SyslogAppender(new UnixDatagrams(path), "doorman-1", layout, before);
        appender.setContext(context);
        appender.start();
        var root = context.getLogger("ROOT");
        root.setLevel(Level.TRACE);
        root.addAppender(appender);
        return appender;
    }

    @Test
    void hearsEachLineWithItsSeverityAndTheProgramsName() throws Exception {
        // given
        var path = folder.resolve("log").toString();
        var program = "\\w{3} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d doorman-1\\["
                + ProcessHandle.current().pid() + "]: Shop: ";
        try (var listener = DatagramListener.at(path)) {
            var appender = appender(path);
            var logger = context.getLogger("io.pgdoorman.Shop");

            // when
            logger.atError().setMessage("lost").addKeyValue("server", 7).log();
            logger.warn("slow");
            logger.info("said");
            logger.debug("seen");

            // then
            assertThat(listener.next()).matches("<27>" + program + "lost server=\"7\" ");
            for (var line : List.of("<28>" + program + "slow", "<30>" + program + "said", "<31>" + program + "seen")) {
                assertThat(listener.next()).matches(line + " *");
            }
            assertThat(before.list).isEmpty();
            appender.stop();
        }
    }

    @Test
    void whatItDoesNotTakeGoesWhereTheLogWentBefore() {
        // given
        var appender = appender(folder.resolve("nobody").toString());

        // when
        context.getLogger("io.pgdoorman.Shop").warn("unheard");

        // then
        assertThat(before.list).extracting(ILoggingEvent::getMessage).containsExactly("unheard");
        appender.stop();
    }
}
