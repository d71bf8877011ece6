package io.pgdoorman.pooler.dialogue;

import java.util.List;
import java.util.stream.Collectors;

/// What one client does in one go: its messages leave in one write, then it reads.
///
/// @param client a letter, or `root` for the superuser
/// @param line in the file, 1 for the first
record Step(String client, int line, List<Action> actions) {
    /// The superuser beside the clients.
    static final String ROOT = "root";

    /// Whether what is heard comes over another connection than before.
    boolean isNewConnection() {
        return actions.getFirst() instanceof Action.Deed deed
                && (deed.kind() == Action.Kind.LOGIN || deed.kind() == Action.Kind.CONNECT);
    }

    /// As it stands in a script, on one line.
    String text() {
        return client + ": " + actions.stream().map(Action::text).collect(Collectors.joining(" | "));
    }
}
