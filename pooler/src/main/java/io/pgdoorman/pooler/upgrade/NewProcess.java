package io.pgdoorman.pooler.upgrade;

import io.netty.buffer.ByteBuf;
import io.netty.channel.unix.FileDescriptor;
import io.pgdoorman.pooler.cancel.CancelRegistry;
import io.pgdoorman.pooler.client.Takeover;
import io.pgdoorman.pooler.net.Loops;
import io.pgdoorman.pooler.net.Passage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// The new process of an upgrade: takes over listening sockets, then clients. [Message] tells in which order. The
/// clients that wait for their Go belong to the monitor.
public final class NewProcess implements Passage.Reader, AutoCloseable {
    /// How long the old process may take to answer; it has nothing to wait for.
    private static final int PATIENCE_SECONDS = 30;

    private final Map<String, FileDescriptor> listeners = new LinkedHashMap<>();
    private final CompletableFuture<Map<String, FileDescriptor>> inherited = new CompletableFuture<>();
    private final CompletableFuture<Boolean> turn = new CompletableFuture<>();
    private final CompletableFuture<String> ended = new CompletableFuture<>();
    private final Map<Long, Takeover.Guarded> guarded = new HashMap<>();
    private final Passage passage;
    private final Peer peer;
    private final Neighbour neighbour;
    private volatile @Nullable Takeover takeover;
    private boolean over;

    /// Goes to the old process.
    ///
    /// @param folder where it waits
    /// @param oldProcess the number of its process
    public NewProcess(Loops loops, Path folder, long oldProcess, Self self) throws IOException {
        this.peer = new Peer(self.cancels());
        this.neighbour = self.neighbour();
        this.passage = Passage.connect(loops, folder, oldProcess, this);
        peer.sendBy(passage);
        peer.send(new Message.Hello(Message.FORMAT, Message.CLIENTS, self.version()));
    }

    /// @param version of this program
    public record Self(String version, CancelRegistry cancels, Neighbour neighbour) {}

    /// Hears of the servers that the old process has.
    @FunctionalInterface
    public interface Neighbour {
        void holds(String database, String user, int servers);
    }

    /// The old process's listening sockets by what they were opened as; they are the caller's.
    public Map<String, FileDescriptor> listeners() throws IOException {
        return await(inherited);
    }

    /// Says that we can take over, and returns when it is our turn: from here on we accept.
    ///
    /// @param adopted names of the listening sockets that we go on with
    /// @param clients lets them in
    public void takeTurn(Set<String> adopted, Takeover clients) throws IOException {
        takeover = clients;
        peer.passOnCancels();
        peer.send(new Message.Prepared(List.copyOf(adopted)));
        await(turn);
    }

    /// The old process has ended, or left us.
    public CompletionStage<String> ended() {
        return ended;
    }

    private static <T> T await(CompletableFuture<T> awaited) throws IOException {
        try {
            return awaited.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException failed) {
            throw new IOException("the process before this one: " + failed.getCause(), failed);
        } catch (TimeoutException late) {
            throw new IOException("the process before this one does not answer", late);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        }
    }

    @Override
    public void read(ByteBuf bytes, @Nullable FileDescriptor attached) throws IOException {
        var message = MessageCodec.read(bytes);
        if ((message instanceof Message.Listener || message instanceof Message.Client) != (attached != null)) {
            throw new IOException("a descriptor is missing or too much");
        }
        switch (message) {
            case Message.Listener(var name, var isLast) -> listener(name, isLast, attached);
            case Message.Holds(var database, var user, var servers) -> neighbour.holds(database, user, servers);
            case Message.Take() -> turn.complete(true);
            case Message.Client client -> client(client, attached);
            case Message.Go(var number) -> go(number);
            case Message.Cancel cancel -> peer.asks(cancel);
            case Message.Cancelled(var number) -> peer.answered(number);
            case Message.Done() -> ended.complete("it is empty");
            case Message.Hello _, Message.Prepared _, Message.Ready _, Message.Refused _ ->
                throw new IOException("the old process speaks as the new process");
        }
    }

    private void listener(String name, boolean isLast, @Nullable FileDescriptor socket) throws IOException {
        if (socket == null || inherited.isDone() || listeners.putIfAbsent(name, socket) != null) {
            throw new IOException("listener \"" + name + "\" comes twice or too late");
        }
        if (isLast) {
            inherited.complete(Map.copyOf(listeners));
        }
    }

    private void client(Message.Client client, @Nullable FileDescriptor connection) throws IOException {
        var clients = takeover;
        if (clients == null || connection == null || !turn.isDone()) {
            throw new IOException("a client comes before it is our turn");
        }
        long number = client.number();
        clients.admit(client.handedOver(), connection, client.unix(), new Takeover.Answer() {
            @Override
            public void ready(Takeover.Guarded entered) {
                boolean isLate;
                synchronized (guarded) {
                    isLate = over;
                    if (!isLate) {
                        guarded.put(number, entered);
                    }
                }
                if (isLate) {
                    entered.drop();
                } else {
                    peer.send(new Message.Ready(number));
                }
            }

            @Override
            public void refused(String reason) {
                peer.send(new Message.Refused(number, reason));
            }
        });
    }

    private void go(long number) throws IOException {
        Takeover.Guarded client;
        synchronized (guarded) {
            client = guarded.remove(number);
        }
        if (client == null) {
            throw new IOException("client " + number + " is not here");
        }
        client.serve();
    }

    @Override
    public void closed(String reason) {
        List<Takeover.Guarded> left;
        synchronized (guarded) {
            over = true;
            left = List.copyOf(guarded.values());
            guarded.clear();
        }
        left.forEach(Takeover.Guarded::drop);
        if (!inherited.isDone()) {
            listeners.values().forEach(Passage::shut);
        }
        peer.close();
        inherited.completeExceptionally(new IOException(reason));
        turn.completeExceptionally(new IOException(reason));
        ended.complete(reason);
    }

    @Override
    public void close() {
        passage.close();
    }
}
