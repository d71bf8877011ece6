package io.pgdoorman.pooler.stats;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicLongArray;

/// What the control server was asked. Safe for all threads.
public final class WebStats {

    /// Who asked.
    public enum Role {
        ANONYMOUS,
        SCRAPER,
        ADMIN;

        /// The word that metrics use.
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// How somebody said who they are.
    public enum Source {
        NONE,
        BASIC,
        BEARER;

        /// The word that metrics use.
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final int CLASSES = 6;

    private final PerKind<Role, AtomicLongArray> answers =
            new PerKind<>(Role.class, () -> new AtomicLongArray(CLASSES));
    private final PerKind<Source, AtomicLongArray> refusals = new PerKind<>(Source.class, () -> new AtomicLongArray(1));

    public void answered(Role role, int status) {
        answers.of(role).incrementAndGet(Math.clamp(status / 100, 0, CLASSES - 1));
    }

    /// Somebody who had to say who they are did not, or lied.
    public void refused(Source source) {
        refusals.of(source).incrementAndGet(0);
    }

    /// @param hundreds 2 for 2xx
    public long answerCount(Role role, int hundreds) {
        return answers.of(role).get(hundreds);
    }

    public long refusedCount(Source source) {
        return refusals.of(source).get(0);
    }
}
