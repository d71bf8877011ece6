package io.pgdoorman.pooler.server;

import io.pgdoorman.pooler.session.Dirt;
import io.pgdoorman.pooler.session.ParameterSet;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.function.Consumer;

/// What a holder left in a server's session is removed, or left to the next one to undo. On the server's event loop,
/// while nobody holds it.
public final class SessionReset {
    private static final byte[] ROLLBACK = "ROLLBACK;".getBytes(StandardCharsets.US_ASCII);

    private SessionReset() {}

    /// Rolls back and removes the dirt, if there is any, before the server goes back to its pool.
    ///
    /// @param inTransaction whether a transaction is still open
    /// @param done called on this loop, at once when there was nothing to do
    public static void of(ServerConnection server, boolean inTransaction, boolean cleanup, Consumer<Boolean> done) {
        int left = cleanup ? server.dirt().bits() : Dirt.NONE;
        if ((left & Dirt.LIBRARIES) != 0) {
            server.close(CloseReason.LIBRARIES);
            done.accept(false);
            return;
        }
        if (!inTransaction && left == Dirt.NONE) {
            done.accept(true);
            return;
        }
        var reset = left == Dirt.NONE ? new byte[0] : Dirt.resetSql(left);
        int ahead = inTransaction ? ROLLBACK.length : 0;
        var sql = Arrays.copyOf(ROLLBACK, ahead + reset.length);
        System.arraycopy(reset, 0, sql, ahead, reset.length);
        server.run(sql, ok -> {
            if (ok) {
                cleaned(server, left);
            }
            done.accept(ok);
        });
    }

    private static void cleaned(ServerConnection server, int removed) {
        server.dirt().remove(removed);
        if ((removed & Dirt.SETTINGS) != 0) {
            server.setParameters(ParameterSet.EMPTY);
        }
        if ((removed & Dirt.STATEMENTS) != 0) {
            server.statements().clear();
        }
    }

    /// Leaves it to the next holder to undo what was set, in the same write as its work, if that is all that is left.
    ///
    /// @return whether it is
    public static boolean isLeftToTheNext(ServerConnection server) {
        var names = server.dirt().onlySettings();
        if (names == null) {
            return false;
        }
        var unseen = new HashSet<>(names);
        unseen.removeAll(server.reported().keySet()); // newer servers report more
        server.setParameters(server.parameters().withUnknown(unseen));
        server.dirt().remove(Dirt.SETTINGS);
        return true;
    }
}
