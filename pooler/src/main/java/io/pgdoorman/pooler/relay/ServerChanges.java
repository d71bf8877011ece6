package io.pgdoorman.pooler.relay;

import io.pgdoorman.pooler.prepare.Statement;
import java.util.HashMap;
import java.util.Map;

/// Where statements were added to a server or closed there, as long as that is not answered. Belongs to the event loop.
final class ServerChanges {
    private static final int MANY = 256;

    private final Ledger ledger;
    private final Map<Statement, Long> places = new HashMap<>();

    /// When so many are noted, those that were answered go.
    private int most = MANY;

    ServerChanges(Ledger ledger) {
        this.ledger = ledger;
    }

    /// The message that is planned changes whether the server knows the statement.
    void add(Statement statement) {
        if (places.size() >= most) {
            // The pipeline of some clients never ends.
            places.values().removeIf(place -> !ledger.isOwed(place));
            most = Math.max(MANY, 2 * places.size());
        }
        places.put(statement, ledger.place());
    }

    /// Whether nobody knows yet if the server knows the statement, see [Ledger#isOpen(long)].
    boolean areOpen(Statement statement) {
        var place = places.get(statement);
        return place != null && ledger.isOpen(place);
    }

    boolean isEmpty() {
        return places.isEmpty();
    }

    /// How many are noted.
    int size() {
        return places.size();
    }

    /// All that was asked is answered.
    void settled() {
        if (!places.isEmpty()) {
            places.clear();
        }
    }
}
