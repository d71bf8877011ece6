package io.pgdoorman.pooler.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A line that is a socket and its place in epoll: no channel, no pipeline, no queue while the kernel takes what is
/// written. An idle one is some 150 bytes, a Netty channel eight times that.
///
/// epoll tells of changes only (EPOLLET), so that nothing has to be said to it while a line is not read: what was
/// told meanwhile is remembered here. Whoever reads less than a buffer can hold has all there is; after the peer's end
/// the rest is read up to that end.
public final class SocketLine extends SocketOutput implements EpollIoHandle {
    private static final Logger LOG = LoggerFactory.getLogger(SocketLine.class);

    private static final EpollIoOps IN =
            EpollIoOps.EPOLLIN.with(EpollIoOps.EPOLLRDHUP).with(EpollIoOps.EPOLLET);
    private static final EpollIoOps IN_AND_OUT = IN.with(EpollIoOps.EPOLLOUT);

    /// EPOLLERR, EPOLLHUP and EPOLLRDHUP of Linux: from here on the peer sends nothing new.
    private static final int END = 0x008 | 0x010 | 0x2000;

    private static final int MIN_BUFFER = 4 * 1024;

    /// Who streams is read in pieces of this length (17 thousand system calls per GB instead of 33).
    private static final int MAX_BUFFER = 256 * 1024;

    /// Whoever was stopped begins again with pieces of this length, as what comes waits for a slow peer.
    private static final int STOPPED_BUFFER = 32 * 1024;

    /// Then it is the turn of the loop's other lines.
    private static final int MOST_READS = 16;

    private final @Nullable SocketAddress remote;
    private EventLoop executor;
    private @Nullable IoRegistration registration;
    private @Nullable LineUser user;
    private @Nullable Watcher watchers;
    private int bufferSize = MIN_BUFFER;
    private boolean reads = true;

    /// epoll has told of bytes, or of the end, that were not read.
    private boolean toldOfMore;

    private boolean toldOfEnd;
    private boolean readsLater;
    private boolean toldItsEnd;

    /// Why it cannot be read any more.
    private @Nullable IOException failure;

    private record Watcher(Runnable task, @Nullable Watcher next) {}

    /// @param socket connected; the line's from now on, with its descriptor
    /// @param executor of the loop that it enters first
    SocketLine(Socket socket, @Nullable SocketAddress remote, EventLoop executor) {
        super(socket);
        this.remote = remote;
        this.executor = executor;
    }

    @Override
    public void serve(LineUser by, @Nullable ByteBuf ahead) {
        user = by;
        if (ahead != null) {
            try {
                by.received(ahead);
                by.receivedAll();
            } catch (RuntimeException | Error bug) {
                failed(bug);
            }
        }
        if (toldItsEnd) {
            by.closed();
        }
        readRemembered();
    }

    @Override
    public boolean isEncrypted() {
        return false;
    }

    @Override
    public @Nullable SocketAddress remoteAddress() {
        return remote;
    }

    @Override
    public ByteBufAllocator allocator() {
        return PooledByteBufAllocator.DEFAULT;
    }

    @Override
    public EventLoop executor() {
        return executor;
    }

    // ---- from epoll

    @Override
    public FileDescriptor fd() {
        return socket();
    }

    /// Whatever is thrown here would stop the whole loop for a second, as Netty takes it for a fault of its own.
    @Override
    public void handle(IoRegistration from, IoEvent event) {
        int told = ((EpollIoEvent) event).ops().value();
        try {
            if (isBlocked() && (told & (EpollIoOps.EPOLLOUT.value() | END)) != 0) {
                flushBlocked();
            }
            if ((told & (EpollIoOps.EPOLLIN.value() | END)) != 0) {
                toldOfMore = true;
                toldOfEnd |= (told & END) != 0;
                readBurst();
            }
        } catch (RuntimeException | Error bug) {
            failed(bug);
        }
    }

    // ---- in

    @Override
    public void read(boolean on) {
        reads = on;
        if (on) {
            readRemembered();
        } else {
            bufferSize = Math.min(bufferSize, STOPPED_BUFFER);
        }
    }

    private void readRemembered() {
        if (toldOfMore && reads && isOpen() && !readsLater) {
            readsLater = true;
            var place = registration;
            executor.execute(() -> readNow(place));
        }
    }

    /// @param place where the line was when this was wanted; it may be on another loop by now
    private void readNow(@Nullable IoRegistration place) {
        if (place == null || !place.equals(registration)) {
            return;
        }
        readsLater = false;
        try {
            readBurst();
        } catch (RuntimeException | Error bug) {
            failed(bug);
        }
    }

    private void readBurst() {
        var by = user;
        if (by == null || !reads || !toldOfMore || registration == null) {
            return;
        }
        boolean any = false;
        for (int count = 0; isOpen() && reads && toldOfMore; count++) {
            if (count == MOST_READS) {
                readRemembered();
                break;
            }
            boolean few = bufferSize > ThriftyReads.LITTLE && NetworkMemory.isShort();
            var bytes = PooledByteBufAllocator.DEFAULT.directBuffer(few ? ThriftyReads.LITTLE : bufferSize);
            int length = receive(bytes);
            if (length > 0) {
                any = true;
                by.received(bytes);
            } else {
                bytes.release();
                toldOfMore = false;
                if (length < 0) {
                    end(by, any);
                    return;
                }
            }
        }
        if (any && isOpen()) {
            by.receivedAll();
        }
    }

    /// @return as of the system call: none left for now is 0, the peer's end or a broken connection is -1
    private int receive(ByteBuf into) {
        int room = into.capacity();
        try {
            int length = socket().recvAddress(into.memoryAddress(), 0, room);
            if (length > 0) {
                into.writerIndex(length);
                toldOfMore = length == room || toldOfEnd;
                fit(length, room);
            }
            return length;
        } catch (IOException broken) {
            failure = broken;
            return -1;
        }
    }

    /// The next buffer is as long as what comes.
    private void fit(int length, int room) {
        if (length == room) {
            bufferSize = Math.min(MAX_BUFFER, room * 4);
        } else if (length < room / 4) {
            bufferSize = Math.max(MIN_BUFFER, room / 2);
        }
    }

    private void end(LineUser by, boolean any) {
        if (any) {
            by.receivedAll();
        }
        var broken = failure;
        if (broken != null && isOpen()) {
            by.failed(broken);
        }
        close();
    }

    private void failed(Throwable bug) {
        var by = user;
        try {
            if (by != null) {
                by.failed(bug);
            }
        } catch (RuntimeException | Error another) {
            LOG.atError()
                    .setMessage("error while ending a connection")
                    .setCause(another)
                    .log();
            close();
        }
    }

    // ---- out

    @Override
    void awaitRoom(boolean on) {
        watch(on ? IN_AND_OUT : IN);
    }

    private void watch(EpollIoOps ops) {
        var place = registration;
        if (place != null && place.isValid()) {
            place.submit(ops);
        }
    }

    @Override
    void tellWritability() {
        var by = user;
        if (by != null) {
            by.writabilityChanged();
        }
    }

    /// Not at once, as whoever writes is in the middle of something. What the peer said before it left is read
    /// first: of PostgreSQL that is its reason.
    @Override
    void brokenOut(IOException why) {
        executor.execute(() -> {
            toldOfMore = true;
            toldOfEnd = true;
            readNow(registration);
            if (isOpen()) {
                failed(why);
                close();
            }
        });
    }

    // ---- the end

    @Override
    public void close() {
        if (!isOpen()) {
            return;
        }
        ends();
        leave();
        try {
            socket().close();
        } catch (IOException _) {
            // the kernel lets go of it all the same
        }
        drop();
        try {
            executor.execute(this::tellClosed);
        } catch (RejectedExecutionException _) {
            tellClosed(); // the loop ends
        }
    }

    @Override
    public void hangUp() {
        close();
    }

    private void tellClosed() {
        tellDropped();
        var by = user;
        if (by != null) {
            by.closed();
        }
        var next = watchers;
        watchers = null;
        toldItsEnd = true;
        while (next != null) {
            next.task().run();
            next = next.next();
        }
    }

    @Override
    public void onClosed(Runnable task) {
        if (toldItsEnd) {
            task.run();
        } else {
            watchers = new Watcher(task, watchers);
        }
    }

    // ---- from loop to loop, and to another process

    private void leave() {
        var place = registration;
        registration = null;
        readsLater = false;
        if (place != null) {
            place.cancel();
        }
    }

    /// Not at once: whoever asks may have been told something by this line, which has more to tell then, and on
    /// the next loop that would be told by the wrong thread.
    @Override
    public void leaveLoop(Consumer<Boolean> done) {
        executor.execute(() -> {
            leave();
            done.accept(isOpen());
        });
    }

    @Override
    public void enterLoop(Loop to, Consumer<Boolean> done) {
        executor = to.executor();
        // On that loop already, so that it is woken once and not for the answer as well.
        to.run(() -> {
            var _ = ((IoEventLoop) to.executor())
                    .register(this)
                    .addListener(there -> done.accept(there.isSuccess() && entered((IoRegistration) there.getNow())));
        });
    }

    private boolean entered(IoRegistration place) {
        if (!isOpen()) {
            place.cancel();
            return false;
        }
        registration = place;
        // A new place in epoll tells of what is there already.
        place.submit(isBlocked() ? IN_AND_OUT : IN);
        return true;
    }

    @Override
    public boolean hasLoop() {
        return registration != null;
    }

    @Override
    public FileDescriptor descriptor() {
        return socket();
    }
}
