package io.pgdoorman.pooler.client;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/// What is logged of one client, under its number, database and user.
final class ClientLog {
    private static final Logger LOG = LoggerFactory.getLogger(ClientLog.class);

    private final Guest guest;
    private final ClientPool pool;

    ClientLog(Guest guest, ClientPool pool) {
        this.guest = guest;
        this.pool = pool;
    }

    void failed(Throwable cause) {
        of(LOG.atError().setMessage("error while serving a client"))
                .setCause(cause)
                .log();
    }

    void left() {
        of(LOG.atInfo().setMessage("client left")).log();
    }

    void parameterChanged(String name, String value) {
        of(LOG.atInfo().setMessage("a client's parameter changed"))
                .addKeyValue("reason", name + " is now " + value)
                .log();
    }

    private LoggingEventBuilder of(LoggingEventBuilder event) {
        return event.addKeyValue("client", guest.id())
                .addKeyValue("database", pool.database())
                .addKeyValue("user", pool.user());
    }
}
