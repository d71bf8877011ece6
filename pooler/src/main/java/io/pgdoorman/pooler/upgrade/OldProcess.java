package io.pgdoorman.pooler.upgrade;

import io.netty.buffer.ByteBuf;
import io.netty.channel.unix.FileDescriptor;
import io.pgdoorman.pooler.cancel.CancelRegistry;
import io.pgdoorman.pooler.client.HandedOverClient;
import io.pgdoorman.pooler.client.Mover;
import io.pgdoorman.pooler.net.Line;
import io.pgdoorman.pooler.net.Lines;
import io.pgdoorman.pooler.net.Loops;
import io.pgdoorman.pooler.net.Passage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// The process that runs, during an upgrade: hands over its listening sockets, then its clients. [Message] tells in
/// which order.
///
/// ```
///  ALONE ──Hello──► TOLD ──Prepared──► READY ──take()──► GIVING ──done(), or the new process ends──► OVER
///    └────────────────┴───────────────────┴── the new process ends, or says something else ───────────┘
/// ```
///
/// Belongs to its monitor: messages come on the passage's loop, clients on theirs.
public final class OldProcess implements Passage.Reader, Mover, AutoCloseable {
    /// Clients on the way at once: their descriptors fit into a socket's buffer, and their messages into memory.
    private static final int ON_THE_WAY = 32;

    private final Map<String, FileDescriptor> listeners;
    private final Passage passage;
    private final Peer peer;
    private final CompletableFuture<Set<String>> prepared = new CompletableFuture<>();
    private final CompletableFuture<String> ended = new CompletableFuture<>();
    private final Map<Long, Answer> underWay = new HashMap<>();
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private volatile long newProcess = -1;
    private State state = State.ALONE;
    private boolean takesClients;
    private long lastNumber;
    private int moved;

    private enum State {
        ALONE,
        TOLD,
        READY,
        GIVING,
        OVER
    }

    private record Waiting(HandedOverClient handedOver, Line line, Answer answer) {}

    /// Waits for a new process.
    ///
    /// @param folder that only we may enter
    /// @param listeners sockets by what they were opened as
    public OldProcess(Loops loops, Path folder, Map<String, FileDescriptor> listeners, CancelRegistry cancels)
            throws IOException {
        this.listeners = Map.copyOf(listeners);
        this.peer = new Peer(cancels);
        this.passage = Passage.open(loops, folder, () -> newProcess, this);
        peer.sendBy(passage);
    }

    /// Which process may come.
    public void expect(long pid) {
        newProcess = pid;
    }

    /// The new process can take over; exceptionally when it cannot.
    ///
    /// @return the names of the listening sockets that it goes on with
    public CompletionStage<Set<String>> prepared() {
        return prepared;
    }

    /// The passage is over, with the reason.
    public CompletionStage<String> ended() {
        return ended;
    }

    /// The new process has ended, or has no more time.
    public void giveUp(String reason) {
        closed(reason);
        passage.close();
    }

    /// From here on the new process accepts; we do not.
    ///
    /// @return false when the new process has ended meanwhile
    public synchronized boolean take() {
        if (state == State.OVER) {
            return false;
        }
        become(State.READY, State.GIVING);
        peer.passOnCancels();
        peer.send(new Message.Take());
        return true;
    }

    /// Whether clients can follow.
    public synchronized boolean takesClients() {
        return takesClients;
    }

    /// So many servers of a pool we may still have.
    public void holds(String database, String user, int servers) {
        peer.send(new Message.Holds(database, user, servers));
    }

    /// How many clients the new process has taken.
    public synchronized int moved() {
        return moved;
    }

    /// Nobody is left here.
    public synchronized void done() {
        if (state == State.GIVING) {
            peer.send(new Message.Done());
        }
    }

    private void become(State from, State next) {
        if (state != from) {
            throw new IllegalStateException("an upgrade cannot go from " + state + " to " + next);
        }
        state = next;
    }

    // ---- clients

    @Override
    public void move(HandedOverClient handedOver, Line line, Answer answer) {
        boolean isOver;
        synchronized (this) {
            isOver = state != State.GIVING || !takesClients;
            if (!isOver) {
                waiting.add(new Waiting(handedOver, line, answer));
            }
        }
        if (isOver) {
            answer.stays("nobody takes clients");
        } else {
            send();
        }
    }

    private void send() {
        Answer tooMuch = null;
        synchronized (this) {
            while (state == State.GIVING && underWay.size() < ON_THE_WAY && !waiting.isEmpty() && tooMuch == null) {
                var next = waiting.removeFirst();
                long number = ++lastNumber;
                underWay.put(number, next.answer());
                var message = new Message.Client(number, Lines.isUnix(next.line()), next.handedOver());
                if (!peer.send(message, Objects.requireNonNull(next.line().descriptor()))) {
                    underWay.remove(number);
                    tooMuch = next.answer();
                }
            }
        }
        if (tooMuch != null) {
            tooMuch.stays("it has prepared more than a message holds");
            send();
        }
    }

    private void answered(long number, @Nullable String refusal) throws IOException {
        Answer answer;
        synchronized (this) {
            answer = underWay.remove(number);
            moved += answer != null && refusal == null ? 1 : 0;
        }
        if (answer == null) {
            throw new IOException("client " + number + " is not under way");
        }
        if (refusal == null) {
            answer.taken();
            peer.send(new Message.Go(number));
        } else {
            answer.stays(refusal);
        }
        send();
    }

    // ---- messages

    @Override
    public void read(ByteBuf bytes, @Nullable FileDescriptor attached) throws IOException {
        if (attached != null) {
            throw new IOException("the new process sends descriptors");
        }
        switch (MessageCodec.read(bytes)) {
            case Message.Hello hello -> hello(hello);
            case Message.Prepared(var adopted) -> ready(adopted);
            case Message.Ready(var number) -> answered(number, null);
            case Message.Refused(var number, var reason) -> answered(number, reason);
            case Message.Cancel cancel -> peer.asks(cancel);
            case Message.Cancelled(var number) -> peer.answered(number);
            case Message.Listener _, Message.Holds _, Message.Take _, Message.Client _, Message.Go _, Message.Done _ ->
                throw new IOException("the new process speaks as the old process");
        }
    }

    private synchronized void hello(Message.Hello hello) throws IOException {
        if (hello.format() != Message.FORMAT) {
            throw new IOException("version " + hello.version() + " writes messages of format " + hello.format()
                    + ", not " + Message.FORMAT);
        }
        if (state != State.ALONE) {
            throw new IOException("the new process comes twice");
        }
        state = State.TOLD;
        takesClients = hello.clients() == Message.CLIENTS;
        for (Iterator<Map.Entry<String, FileDescriptor>> left =
                        listeners.entrySet().iterator();
                left.hasNext(); ) {
            var listener = left.next();
            peer.send(new Message.Listener(listener.getKey(), !left.hasNext()), listener.getValue());
        }
    }

    private void ready(List<String> adopted) throws IOException {
        synchronized (this) {
            if (state != State.TOLD || !listeners.keySet().containsAll(adopted)) {
                throw new IOException("the new process is prepared for something else");
            }
            state = State.READY;
        }
        prepared.complete(Set.copyOf(adopted));
    }

    @Override
    public void closed(String reason) {
        var stay = new ArrayDeque<Answer>();
        synchronized (this) {
            if (state == State.OVER) {
                return;
            }
            state = State.OVER;
            stay.addAll(underWay.values());
            waiting.forEach(each -> stay.add(each.answer()));
            underWay.clear();
            waiting.clear();
        }
        peer.close();
        stay.forEach(answer -> answer.stays(reason));
        prepared.completeExceptionally(new IOException(reason));
        ended.complete(reason);
    }

    /// What was sent before still arrives.
    @Override
    public void close() {
        passage.close();
    }
}
