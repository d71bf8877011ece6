package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.wire.Column;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A table of PgBouncer's that is always empty here: names are not looked up by zone, and no connection to a peer waits
/// for its turn.
final class ShowNothing extends ShowCommand {

    @SafeVarargs
    ShowNothing(String what, List<Column>... columns) {
        super(what, columns);
    }

    static List<ShowNothing> all() {
        return List.of(
                new ShowNothing("dns_zones", text("zonename"), number("serial", "count")),
                new ShowNothing(
                        "peer_pools",
                        number(
                                "peer_id",
                                "cl_active_cancel_req",
                                "cl_waiting_cancel_req",
                                "sv_active_cancel",
                                "sv_login")));
    }

    @Override
    List<List<@Nullable String>> rows() {
        return List.of();
    }
}
