package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.net.Fault;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/// What is logged of one client, under its number, database and user.
final class ClientLog {
    private static final Logger LOG = LoggerFactory.getLogger(ClientLog.class);

    private ClientLog() {}

    static void failed(Guest guest, ClientPool pool, Throwable cause) {
        Fault.in(of(LOG.atError().setMessage("error while serving a client"), guest, pool), cause)
                .log();
    }

    static void left(Guest guest, ClientPool pool) {
        of(LOG.atInfo().setMessage("client left"), guest, pool).log();
    }

    static void parameterChanged(Guest guest, ClientPool pool, String name, String value) {
        of(LOG.atInfo().setMessage("a client's parameter changed"), guest, pool)
                .addKeyValue("reason", name + " is now " + value)
                .log();
    }

    private static LoggingEventBuilder of(LoggingEventBuilder event, Guest guest, ClientPool pool) {
        return event.addKeyValue("client", guest.id())
                .addKeyValue("database", pool.database())
                .addKeyValue("user", pool.user());
    }
}
