package io.pgdoorman.pooler.upgrade;

import io.netty.buffer.ByteBuf;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.UnixChannel;
import io.pgdoorman.pooler.cancel.CancelRegistry;
import io.pgdoorman.pooler.client.Luggage;
import io.pgdoorman.pooler.client.Mover;
import io.pgdoorman.pooler.net.Adoption;
import io.pgdoorman.pooler.net.Loops;
import io.pgdoorman.pooler.net.Passage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// The process that runs, during an upgrade: hands over its listening sockets, then its clients. [Letter] tells in
/// which order.
///
/// ```
///  ALONE ──Hello──► TOLD ──Prepared──► READY ──take()──► GIVING ──done(), or the heir ends──► OVER
///    └────────────────┴───────────────────┴── the heir ends, or says something else ───────────┘
/// ```
///
/// Belongs to its monitor: letters come on the passage's loop, clients on theirs.
public final class Elder implements Passage.Reader, Mover, AutoCloseable {
    /// Clients on the way at once: their descriptors fit into a socket's buffer, and their letters into memory.
    private static final int ON_THE_WAY = 32;

    private final Map<String, FileDescriptor> listeners;
    private final Passage passage;
    private final Desk desk;
    private final CompletableFuture<Set<String>> prepared = new CompletableFuture<>();
    private final CompletableFuture<String> ended = new CompletableFuture<>();
    private final Map<Long, Answer> underWay = new HashMap<>();
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private volatile long heir = -1;
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

    private record Waiting(Luggage luggage, UnixChannel connection, Answer answer) {}

    /// Waits for an heir.
    ///
    /// @param folder that only we may enter
    /// @param listeners sockets by what they were opened as
    public Elder(Loops loops, Path folder, Map<String, FileDescriptor> listeners, CancelRegistry cancels)
            throws IOException {
        this.listeners = Map.copyOf(listeners);
        this.desk = new Desk(cancels);
        this.passage = Passage.open(loops, folder, () -> heir, this);
        desk.sendBy(passage);
    }

    /// Which process may come.
    public void expect(long pid) {
        heir = pid;
    }

    /// The heir can take over; exceptionally when it cannot.
    ///
    /// @return the names of the listening sockets that it goes on with
    public CompletionStage<Set<String>> prepared() {
        return prepared;
    }

    /// The passage is over, with the reason.
    public CompletionStage<String> ended() {
        return ended;
    }

    /// The heir has ended, or has no more time.
    public void giveUp(String reason) {
        closed(reason);
        passage.close();
    }

    /// From here on the heir accepts; we do not.
    ///
    /// @return false when the heir has ended meanwhile
    public synchronized boolean take() {
        if (state == State.OVER) {
            return false;
        }
        become(State.READY, State.GIVING);
        desk.passOnCancels();
        desk.send(new Letter.Take());
        return true;
    }

    /// Whether clients can follow.
    public synchronized boolean takesClients() {
        return takesClients;
    }

    /// So many servers of a pool we may still have.
    public void holds(String database, String user, int servers) {
        desk.send(new Letter.Holds(database, user, servers));
    }

    /// How many clients the heir has taken.
    public synchronized int moved() {
        return moved;
    }

    /// Nobody is left here.
    public synchronized void done() {
        if (state == State.GIVING) {
            desk.send(new Letter.Done());
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
    public void move(Luggage luggage, UnixChannel connection, Answer answer) {
        boolean isOver;
        synchronized (this) {
            isOver = state != State.GIVING || !takesClients;
            if (!isOver) {
                waiting.add(new Waiting(luggage, connection, answer));
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
                var letter = new Letter.Client(number, Adoption.isUnix(next.connection()), next.luggage());
                if (!desk.send(letter, next.connection().fd())) {
                    underWay.remove(number);
                    tooMuch = next.answer();
                }
            }
        }
        if (tooMuch != null) {
            tooMuch.stays("it has prepared more than a letter holds");
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
            desk.send(new Letter.Go(number));
        } else {
            answer.stays(refusal);
        }
        send();
    }

    // ---- letters

    @Override
    public void read(ByteBuf bytes, @Nullable FileDescriptor attached) throws IOException {
        if (attached != null) {
            throw new IOException("the heir sends descriptors");
        }
        switch (LetterFormat.read(bytes)) {
            case Letter.Hello hello -> hello(hello);
            case Letter.Prepared(var adopted) -> ready(adopted);
            case Letter.Ready(var number) -> answered(number, null);
            case Letter.Refused(var number, var reason) -> answered(number, reason);
            case Letter.Cancel cancel -> desk.asks(cancel);
            case Letter.Cancelled(var number) -> desk.answered(number);
            case Letter.Listener _, Letter.Holds _, Letter.Take _, Letter.Client _, Letter.Go _, Letter.Done _ ->
                throw new IOException("the heir speaks as the elder");
        }
    }

    private synchronized void hello(Letter.Hello hello) throws IOException {
        if (hello.format() != Letter.FORMAT) {
            throw new IOException("version " + hello.version() + " writes letters of format " + hello.format()
                    + ", not " + Letter.FORMAT);
        }
        if (state != State.ALONE) {
            throw new IOException("the heir comes twice");
        }
        state = State.TOLD;
        takesClients = hello.clients() == Letter.CLIENTS;
        for (Iterator<Map.Entry<String, FileDescriptor>> left =
                        listeners.entrySet().iterator();
                left.hasNext(); ) {
            var listener = left.next();
            desk.send(new Letter.Listener(listener.getKey(), !left.hasNext()), listener.getValue());
        }
    }

    private void ready(List<String> adopted) throws IOException {
        synchronized (this) {
            if (state != State.TOLD || !listeners.keySet().containsAll(adopted)) {
                throw new IOException("the heir is prepared for something else");
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
        desk.close();
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
