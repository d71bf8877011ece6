package io.pgdoorman.pooler.upgrade;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.unix.FileDescriptor;
import io.pgdoorman.pooler.cancel.CancelRegistry;
import io.pgdoorman.pooler.net.Passage;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What both sides of an upgrade do alike: write messages, and pass on cancel requests whose key the other may know.
/// The map belongs to its monitor, as requests come on all event loops; the rest is safe for all threads.
final class Peer implements CancelRegistry.Elsewhere {
    private static final long NOBODY = -1;

    private final CancelRegistry cancels;
    private volatile @Nullable Passage passage;
    private final Map<Long, Runnable> asked = new HashMap<>();
    private long lastAsked;
    private boolean over;

    Peer(CancelRegistry cancels) {
        this.cancels = cancels;
    }

    /// From here on messages go that way.
    void sendBy(Passage way) {
        passage = way;
    }

    void send(Message message) {
        if (!send(message, null)) {
            throw new IllegalStateException("a short message is too long");
        }
    }

    /// @return false when the message is longer than may be
    boolean send(Message message, @Nullable FileDescriptor attached) {
        var way = passage;
        if (way == null) {
            throw new IllegalStateException("there is no way to the other process yet");
        }
        var written = MessageCodec.written(message, ByteBufAllocator.DEFAULT);
        if (written == null) {
            return false;
        }
        if (attached == null) {
            way.send(written);
        } else {
            way.send(written, attached);
        }
        return true;
    }

    /// From now on keys that are not known here are asked for on the other side.
    void passOnCancels() {
        cancels.ask(this);
    }

    @Override
    public void cancel(int pid, byte[] secret, Runnable ended) {
        long number = secret.length > MessageCodec.MAX_SECRET ? NOBODY : remember(ended);
        if (number == NOBODY) {
            ended.run();
        } else {
            send(new Message.Cancel(number, pid, secret));
        }
    }

    private long remember(Runnable ended) {
        synchronized (asked) {
            if (over) {
                return NOBODY;
            }
            asked.put(++lastAsked, ended);
            return lastAsked;
        }
    }

    /// The other side asks; who is known to neither does not exist.
    void asks(Message.Cancel message) {
        Runnable ended = () -> send(new Message.Cancelled(message.number()));
        if (!cancels.cancelHere(message.pid(), message.secret(), ended)) {
            ended.run();
        }
    }

    void answered(long number) {
        @Nullable Runnable ended;
        synchronized (asked) {
            ended = asked.remove(number);
        }
        if (ended != null) {
            ended.run();
        }
    }

    /// Nothing can be asked any more.
    void close() {
        Map<Long, Runnable> left;
        synchronized (asked) {
            over = true;
            left = Map.copyOf(asked);
            asked.clear();
        }
        left.values().forEach(Runnable::run);
    }
}
