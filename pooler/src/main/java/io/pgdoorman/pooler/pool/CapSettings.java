package io.pgdoorman.pooler.pool;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// How many servers all users of a database may have together.
///
/// @param max most servers, 0 = no cap
/// @param reserve servers beyond it for those who would have to wait
/// @param reserveTimeout longest wait for a permit
/// @param minAge a server is not taken from another user before
/// @param guaranteed servers of each user that are not taken
public record CapSettings(int max, int reserve, Duration reserveTimeout, Duration minAge, int guaranteed) {
    public static final CapSettings NONE = new CapSettings(0, 0, Duration.ZERO, Duration.ZERO, 0);

    /// The cap with so many servers; as it is for null, or where there is none.
    CapSettings allowing(@Nullable Integer servers) {
        return max == 0 || servers == null
                ? this
                : new CapSettings(servers, reserve, reserveTimeout, minAge, guaranteed);
    }

    /// The cap without those servers, but at least one.
    CapSettings without(int servers) {
        return max == 0 || servers == 0
                ? this
                : new CapSettings(Math.max(1, max - servers), reserve, reserveTimeout, minAge, guaranteed);
    }

    int ceiling() {
        return max == 0 ? Integer.MAX_VALUE : max + reserve;
    }
}
