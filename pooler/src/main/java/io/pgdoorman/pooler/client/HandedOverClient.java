package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.cancel.CancelKey;
import io.pgdoorman.pooler.prepare.ClientStatements;
import io.pgdoorman.pooler.relay.KnownParameters;
import java.util.ArrayList;
import java.util.List;

/// All that a client without a server takes along when another process goes on with its connection.
///
/// @param parameters what it knows of them
/// @param statements that it has prepared
/// @param key that it was given to cancel
public record HandedOverClient(Person person, KnownParameters parameters, List<Prepared> statements, CancelKey key) {
    /// @param poolUser whose pool serves it
    /// @param user that it proved to be
    /// @param ageNanos since its login
    /// @param curfewMillis after which its session ends; -1 for never
    public record Person(
            String database, String poolUser, String user, String applicationName, long ageNanos, long curfewMillis) {}

    /// @param tail what follows the name in its Parse
    /// @param scope the settings under which the text means what it means, as a number
    /// @param dirt what its execution may leave in a session
    @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
    public record Prepared(byte[] name, byte[] tail, long scope, int dirt) {
        static List<Prepared> of(ClientStatements statements) {
            var all = new ArrayList<Prepared>(statements.size());
            statements.forEach((name, statement) ->
                    all.add(new Prepared(name, statement.tail(), statement.scope(), statement.dirt())));
            return all;
        }
    }
}
