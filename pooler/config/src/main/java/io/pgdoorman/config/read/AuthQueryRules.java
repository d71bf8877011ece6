package io.pgdoorman.config.read;

import io.pgdoorman.config.catalogue.AuthQuerySettings;
import io.pgdoorman.config.catalogue.UserSettings;
import io.pgdoorman.config.catalogue.Values;
import io.pgdoorman.config.tree.Problems;
import java.util.List;

/// What must hold for the look-up of users by query.
final class AuthQueryRules {
    private final Problems problems;

    AuthQueryRules(Problems problems) {
        this.problems = problems;
    }

    void check(Values query, List<Values> users) {
        int most = query.find(AuthQuerySettings.POOL_SIZE).orElse(Integer.MAX_VALUE);
        int least = query.find(AuthQuerySettings.MIN_POOL_SIZE).orElse(0);
        if (least > most) {
            problems.refuse(
                    query.place(AuthQuerySettings.MIN_POOL_SIZE),
                    least + " is more than pool_size: expected at most " + most);
        }
        var shared = query.find(AuthQuerySettings.SERVER_USER);
        if (query.isWritten(AuthQuerySettings.SERVER_PASSWORD) && shared.isEmpty()) {
            problems.refuse(
                    query.place(AuthQuerySettings.SERVER_PASSWORD), "stands without server_user: expected both");
        }
        if (shared.isEmpty()) {
            return;
        }
        if (least > 0) {
            problems.warn(
                    query.place(AuthQuerySettings.MIN_POOL_SIZE), "accepted, but has no effect beside server_user");
        }
        // a pool is told apart by database and user, in SHOW and metrics
        users.stream()
                .filter(user -> user.find(UserSettings.USERNAME).equals(shared))
                .findFirst()
                .ifPresent(user -> problems.refuse(
                        query.place(AuthQuerySettings.SERVER_USER),
                        "\"" + shared.get() + "\" is the username of "
                                + user.place().path()
                                + " as well, which has servers of its own: expected another role"));
    }
}
