package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.net.Ident;
import io.pgdoorman.pooler.net.OsUser;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Asks a system which of its users has opened the other end of a connection: this one for a Unix socket, the client's
/// for TCP. Belongs to the event loop.
///
/// @param then told the user of the system; empty where nobody can say
record OwnerInquiry(Proof.Setting setting, Consumer<Optional<String>> then) {
    private static final Logger LOG = LoggerFactory.getLogger(OwnerInquiry.class);

    /// A system may ask a directory, and another system may be far away.
    private static final Executor SYSTEMS =
            task -> Thread.ofVirtual().name("system-users").start(task);

    /// Each is a connection to wherever somebody who has proven nothing yet comes from.
    private static final Semaphore IDENTS = new Semaphore(64);

    private static final int PATIENCE_SECONDS = 10;

    void peer() {
        OptionalInt number = setting.caller().osUser();
        ask(() -> number.isEmpty() ? Optional.empty() : OsUser.nameOf(number.getAsInt()));
    }

    void ident() {
        var client = setting.caller().address();
        var ours = setting.caller().door();
        if (client == null || ours == null) {
            throw new IllegalStateException("only TCP has such owners");
        }
        ask(() -> ident(new InetSocketAddress(client, setting.caller().port()), ours));
    }

    private Optional<String> ident(InetSocketAddress client, InetSocketAddress ours) {
        try {
            if (!IDENTS.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException("too many logins wait for such answers");
            }
            try {
                return Optional.of(Ident.ownerOf(client, ours));
            } finally {
                IDENTS.release();
            }
        } catch (IOException e) {
            LOG.atInfo()
                    .setMessage("ident authentication failed")
                    .addKeyValue("database", setting.database())
                    .addKeyValue("user", setting.user())
                    .addKeyValue("client", setting.caller().toString())
                    .addKeyValue("reason", e.getMessage())
                    .log();
            return Optional.empty();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e); // nobody interrupts a thread of ours
        }
    }

    private void ask(Supplier<Optional<String>> question) {
        var _ = CompletableFuture.supplyAsync(question, SYSTEMS)
                .whenComplete((name, failure) -> setting.later().accept(() -> {
                    if (failure != null) {
                        LOG.atError()
                                .setMessage("the system's users cannot be asked")
                                .setCause(failure)
                                .log();
                    }
                    then.accept(failure == null ? name : Optional.empty());
                }));
    }
}
