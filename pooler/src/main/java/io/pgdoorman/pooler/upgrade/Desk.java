package io.pgdoorman.pooler.upgrade;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.unix.FileDescriptor;
import io.pgdoorman.pooler.cancel.CancelRegistry;
import io.pgdoorman.pooler.net.Passage;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What both sides of an upgrade do alike: write letters, and pass on cancel requests whose key the other may know.
/// The map belongs to its monitor, as requests come on all event loops; the rest is safe for all threads.
final class Desk implements CancelRegistry.Elsewhere {
    private static final long NOBODY = -1;

    private final CancelRegistry cancels;
    private volatile @Nullable Passage passage;
    private final Map<Long, Runnable> asked = new HashMap<>();
    private long lastAsked;
    private boolean over;

    Desk(CancelRegistry cancels) {
        this.cancels = cancels;
    }

    /// From here on letters go that way.
    void sendBy(Passage way) {
        passage = way;
    }

    void send(Letter letter) {
        if (!send(letter, null)) {
            throw new IllegalStateException("a short letter is too long");
        }
    }

    /// @return false when the letter is longer than may be
    boolean send(Letter letter, @Nullable FileDescriptor attached) {
        var way = passage;
        if (way == null) {
            throw new IllegalStateException("there is no way to the other process yet");
        }
        var written = LetterFormat.written(letter, ByteBufAllocator.DEFAULT);
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
        long number = secret.length > LetterFormat.MAX_SECRET ? NOBODY : remember(ended);
        if (number == NOBODY) {
            ended.run();
        } else {
            send(new Letter.Cancel(number, pid, secret));
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
    void asks(Letter.Cancel letter) {
        Runnable ended = () -> send(new Letter.Cancelled(letter.number()));
        if (!cancels.cancelHere(letter.pid(), letter.secret(), ended)) {
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
