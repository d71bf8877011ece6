package io.pgdoorman.pooler.pool;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// Closes expired idle servers of all pools, few at a time, so that a whole generation of servers does not end
/// at once.
public final class Retention {
    private Retention() {}

    /// Each pool in turn gives its oldest one, until all that may be closed are, or no pool has one.
    ///
    /// @param max most that are closed, 0 = no limit
    /// @param turn of this call: the pool that begins is another one each time
    /// @return how many were closed
    public static int retain(List<? extends Pool<?>> pools, int max, int turn) {
        int left = max == 0 ? Integer.MAX_VALUE : max;
        int closed = 0;
        var having = new ArrayList<Pool<?>>(pools);
        if (!having.isEmpty()) {
            Collections.rotate(having, -Math.floorMod(turn, having.size()));
        }
        while (closed < left && !having.isEmpty()) {
            for (var each = having.iterator(); each.hasNext() && closed < left; ) {
                int one = each.next().retain(1);
                closed += one;
                if (one == 0) {
                    each.remove();
                }
            }
        }
        return closed;
    }
}
