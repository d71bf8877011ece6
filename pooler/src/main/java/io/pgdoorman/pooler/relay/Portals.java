package io.pgdoorman.pooler.relay;

import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.SqlState;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What is known of the texts that a client's portals run: always of the unnamed one, of others where it matters. They
/// are taken to leave behind what their tags say. Belongs to the event loop.
final class Portals {
    /// With names, of texts that deallocate statements; nobody knows of a client that has two.
    private static final int MOST = 1000;

    static final PgError TOO_MANY = PgError.error(
                    SqlState.INSUFFICIENT_RESOURCES,
                    "more than " + MOST + " open portals deallocate prepared statements")
            .withHint("Execute or close some of them first.");

    private final Frame frame;
    private @Nullable Note unnamed;
    private final Map<String, Note> named = new HashMap<>(0);

    Portals(Frame frame) {
        this.frame = frame;
    }

    /// Whether the name of a portal that is executed tells something.
    boolean isNameNeeded() {
        return !named.isEmpty();
    }

    /// The transaction is over, and with it its portals.
    void ended() {
        if (!named.isEmpty()) {
            named.clear();
        }
    }

    void startOver() {
        unnamed = null;
        ended();
    }

    /// Whether the Bind that is planned makes one more than are followed.
    ///
    /// @param end of its name
    boolean areTooMany(int end, @Nullable Note leaving) {
        return named.size() >= MOST && end != frame.body() && leaving != null && leaving.deallocates != null;
    }

    /// The Bind that is planned makes a portal.
    ///
    /// @param end of its name
    /// @param leaving what its text may leave behind
    void bound(int end, @Nullable Note leaving) {
        if (end == frame.body()) {
            unnamed = leaving;
        } else if (leaving != null && leaving.deallocates != null) {
            named.put(name(end), leaving);
        } else if (!named.isEmpty()) {
            named.remove(name(end));
        }
    }

    /// What the portal runs that the planned Execute names.
    @Nullable
    Note executed() {
        int end = frame.stringEnd(frame.body());
        if (end == frame.body()) {
            return unnamed;
        }
        return end < 0 || named.isEmpty() ? null : named.get(name(end));
    }

    private String name(int end) {
        return new String(frame.bytes(frame.body(), end), StandardCharsets.ISO_8859_1);
    }
}
