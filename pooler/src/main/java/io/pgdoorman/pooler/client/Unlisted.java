package io.pgdoorman.pooler.client;

import io.netty.util.concurrent.EventExecutor;
import io.pgdoorman.pooler.auth.Verifier;
import io.pgdoorman.pooler.lookup.Finding;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A user who stands in no list, at its login: what is remembered of it begins the proof, and what PostgreSQL says
/// meanwhile decides. Belongs to the event loop.
///
/// The client has a way to go and come back between the question and its first answer; PostgreSQL is asked in
/// that time. So a new password lets in at once, and an old one, or a role that is gone, does not until
/// `cache_ttl`.
final class Unlisted implements Proof.Source {
    /// No PostgreSQL in order takes so long; one that hangs holds nobody up who is remembered.
    private static final long PATIENCE_MILLIS = 1000;

    private final Newcomers asked;
    private final String user;
    private final EventExecutor loop;
    private final Consumer<Runnable> later;
    private Finding.@Nullable Known known;
    private boolean settled;

    /// @param later runs a task on the loop, unless the connection is gone by then
    Unlisted(Newcomers asked, String user, EventExecutor loop, Consumer<Runnable> later) {
        this.asked = asked;
        this.user = user;
        this.loop = loop;
        this.later = later;
    }

    /// @param begins the proof; not told where nobody can say
    /// @param unavailable told then
    void begin(Consumer<@Nullable Verifier> begins, Runnable unavailable, Proof proof) {
        var look = asked.lookup().look(user);
        var _ = look.known()
                .whenComplete((finding, _) -> later.accept(() -> {
                    if (finding instanceof Finding.Unavailable) {
                        unavailable.run();
                        return;
                    }
                    var confirmed = look.confirmed();
                    if (confirmed != null) {
                        proof.doubts();
                        var patience = loop.schedule(
                                () -> later.accept(() -> settle(proof, new Finding.Unavailable("no answer in time"))),
                                PATIENCE_MILLIS,
                                TimeUnit.MILLISECONDS);
                        var _ = confirmed.whenComplete((newer, _) -> later.accept(() -> {
                            patience.cancel(false);
                            settle(proof, newer);
                        }));
                    }
                    begins.accept(note(finding));
                }));
    }

    private void settle(Proof proof, Finding newer) {
        if (settled) {
            return;
        }
        settled = true;
        if (newer instanceof Finding.Unavailable) {
            proof.trusts();
        } else {
            proof.confirmed(note(newer));
        }
    }

    @Override
    public void askAnew(Consumer<@Nullable Verifier> then) {
        var _ = asked.lookup()
                .findAnew(user)
                .whenComplete((finding, _) -> later.accept(() -> {
                    then.accept(note(finding));
                }));
    }

    @Override
    public boolean isMd5Usual() {
        return asked.lookup().isMd5Usual();
    }

    private @Nullable Verifier note(@Nullable Finding finding) {
        known = finding instanceof Finding.Known found ? found : null;
        return known == null ? null : known.verifier();
    }

    /// The pool of the user, who has proven who it is; null where there is none of that name.
    Newcomers.@Nullable Entrance entrance() {
        var found = known;
        if (found == null) {
            return null;
        }
        asked.lookup().stats().letIn();
        return asked.hosts().enter(user, found);
    }

    void turnedAway() {
        asked.lookup().stats().turnedAway();
    }
}
