package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.net.OsUser;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Asks the system who has opened the other end of a Unix socket. Belongs to the event loop.
///
/// @param then told the user of the system; empty where nobody can say
record PeerInquiry(Proof.Setting setting, Consumer<Optional<String>> then) {
    private static final Logger LOG = LoggerFactory.getLogger(PeerInquiry.class);

    /// The system may ask a directory, which takes its time.
    private static final Executor SYSTEM =
            task -> Thread.ofVirtual().name("system-users").start(task);

    void ask(OptionalInt number) {
        var _ = CompletableFuture.supplyAsync(
                        () -> number.isEmpty() ? Optional.<String>empty() : OsUser.nameOf(number.getAsInt()), SYSTEM)
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
