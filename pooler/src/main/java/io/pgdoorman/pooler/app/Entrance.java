package io.pgdoorman.pooler.app;

import io.pgdoorman.config.ListenConfig;
import io.pgdoorman.pooler.cancel.CancelRegistry;
import io.pgdoorman.pooler.client.Building;
import io.pgdoorman.pooler.client.Porch;
import io.pgdoorman.pooler.client.Takeover;
import io.pgdoorman.pooler.net.Doors;
import io.pgdoorman.pooler.net.Listener;
import io.pgdoorman.pooler.net.Loops;
import io.pgdoorman.pooler.net.SocketSettings;
import io.pgdoorman.pooler.upgrade.NewProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// How clients come in: by sockets of our own, or by those of the process before this one, whose clients follow.
///
/// @param newProcess null without such a process
record Entrance(Doors doors, @Nullable NewProcess newProcess) {
    /// What is behind the doors.
    record Inside(
            Loops loops,
            Building building,
            Supplier<SocketSettings> sockets,
            CancelRegistry cancels,
            NewProcess.Neighbour neighbour) {}

    /// Opens the doors; with an ancestor, at the moment in which it closes its own.
    static Entrance open(Inside inside, ListenConfig listen, Successor.@Nullable Ancestor ancestor) throws IOException {
        if (ancestor == null) {
            return new Entrance(opened(inside, listen, null), null);
        }
        var newProcess = new NewProcess(
                inside.loops(),
                ancestor.folder(),
                ancestor.pid(),
                new NewProcess.Self(Pooler.version(), inside.cancels(), inside.neighbour()));
        Doors doors = null;
        try {
            doors = opened(inside, listen, newProcess);
            newProcess.takeTurn(doors.adopted(), new Takeover(inside.building()));
            doors.accept(true);
            return new Entrance(doors, newProcess);
        } catch (IOException refused) {
            if (doors != null) {
                doors.leave(doors.adopted());
            }
            newProcess.close();
            throw refused;
        }
    }

    private static Doors opened(Inside inside, ListenConfig listen, @Nullable NewProcess newProcess)
            throws IOException {
        var folder = listen.unix().folder();
        var plan = new Doors.Plan(
                new Listener.ListenSettings(listen.host(), listen.port(), listen.effectiveBacklog()),
                listen.readOnlyPort(),
                folder == null
                        ? null
                        : new Doors.UnixSocket(Path.of(folder), listen.unix().mode()),
                newProcess == null ? null : newProcess.listeners());
        var readOnly = listen.readOnlyPort();
        return Doors.open(
                inside.loops(), plan, inside.sockets(), channel -> Porch.open(channel, inside.building(), readOnly));
    }

    /// The process before this one goes on with its sockets.
    void close() {
        doors.leave(doors.adopted());
        if (newProcess != null) {
            newProcess.close();
        }
    }
}
