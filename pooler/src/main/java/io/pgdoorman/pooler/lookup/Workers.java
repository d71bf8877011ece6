package io.pgdoorman.pooler.lookup;

import io.pgdoorman.pooler.net.Loop;
import io.pgdoorman.pooler.server.CloseReason;
import io.pgdoorman.pooler.server.ConnectFailure;
import io.pgdoorman.pooler.server.ServerConnection;
import io.pgdoorman.pooler.server.ServerConnector;
import io.pgdoorman.pooler.server.ServerOpener;
import io.pgdoorman.pooler.stats.LookupStats;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The few connections on which PostgreSQL is asked: opened when somebody waits, kept, and opened anew when they are
/// lost. Belongs to its loop.
final class Workers {
    private static final Logger LOG = LoggerFactory.getLogger(Workers.class);

    /// After a connect that failed nobody tries again for so long, and whoever asks is told at once.
    private static final long BRAKE_NANOS = 500_000_000L;

    private final Parts parts;
    private LookupSettings.Asking asking;
    private int most;
    private final ArrayDeque<Task> queue = new ArrayDeque<>();
    private final ArrayDeque<ServerConnection> idle = new ArrayDeque<>();
    private final Set<ServerConnection> busy = new HashSet<>();
    private int connecting;
    private long brakedNanos;
    private String failure = "";
    private boolean closed;

    /// What they run on.
    ///
    /// @param clock nanoseconds
    record Parts(ServerOpener opener, Loop loop, LongSupplier clock, LookupStats stats) {}

    private static final class Task {
        private final String user;
        private final Consumer<Reply> done;
        private boolean asked;

        Task(String user, Consumer<Reply> done) {
            this.user = user;
            this.done = done;
        }
    }

    Workers(Parts parts, LookupSettings.Asking asking, int most) {
        this.parts = parts;
        this.asking = asking;
        this.most = most;
        this.brakedNanos = parts.clock().getAsLong() - BRAKE_NANOS;
    }

    void apply(LookupSettings.Asking now, int workers) {
        most = workers;
        if (!now.equals(asking)) {
            asking = now;
            brakedNanos = parts.clock().getAsLong() - BRAKE_NANOS;
            closeIdle();
        }
        while (idle.size() + busy.size() > most && !idle.isEmpty()) {
            idle.removeLast().close(CloseReason.SHRUNK);
        }
        pump();
    }

    /// @param done told on this loop; never [Reply.Lost]
    void ask(String user, Consumer<Reply> done) {
        queue.add(new Task(user, done));
        pump();
    }

    void close() {
        closed = true;
        failure = "the configuration asks nobody any more";
        closeIdle();
        pump();
    }

    private void closeIdle() {
        var leaving = new ArrayList<>(idle);
        idle.clear();
        leaving.forEach(server -> server.close(CloseReason.RETIRED));
    }

    private void pump() {
        while (!queue.isEmpty() && !closed) {
            var server = idle.poll();
            if (server == null) {
                connect();
                return;
            }
            if (server.isOpen()) {
                put(queue.remove(), server);
            }
        }
        if (closed) {
            failAll();
        }
    }

    private void connect() {
        boolean braked = parts.clock().getAsLong() - brakedNanos < BRAKE_NANOS;
        if (braked && busy.isEmpty() && connecting == 0) {
            failAll();
            return;
        }
        while (!braked && connecting < queue.size() && busy.size() + connecting < most) {
            connecting++;
            var wanted = asking;
            parts.opener().connect(wanted.server(), parts.loop(), new ServerConnector.Callback() {
                @Override
                public void connected(ServerConnection server) {
                    connecting--;
                    server.onClosed(Workers.this::gone);
                    free(server, wanted);
                    pump();
                }

                @Override
                public void failed(ConnectFailure why) {
                    connecting--;
                    noConnection(why, wanted);
                    pump();
                }
            });
        }
    }

    private void noConnection(ConnectFailure why, LookupSettings.Asking wanted) {
        if (!wanted.equals(asking)) {
            return; // those who are asked now may be there
        }
        parts.stats().failed();
        failure = why.error().message();
        brakedNanos = parts.clock().getAsLong();
        LOG.atWarn()
                .setMessage("no connection to look up users")
                .addKeyValue("database", parts.stats().database())
                .addKeyValue("user", wanted.server().login().user())
                .addKeyValue("reason", failure)
                .log();
    }

    private void gone(ServerConnection server) {
        idle.remove(server);
    }

    /// It can be asked, unless somebody else is asked by now.
    private void free(ServerConnection server, LookupSettings.Asking askedAs) {
        if (closed || !askedAs.equals(asking) || idle.size() + busy.size() >= most) {
            server.close(CloseReason.RETIRED);
        } else if (server.isOpen()) {
            idle.addFirst(server);
        }
    }

    private void put(Task task, ServerConnection server) {
        busy.add(server);
        parts.stats().asked();
        var now = asking;
        new Question(server, reply -> {
                    busy.remove(server);
                    free(server, now);
                    replied(task, reply);
                    pump();
                })
                .ask(now.query(), task.user, parts.loop(), now.server().connectTimeoutMillis() * 1_000_000L);
    }

    private void replied(Task task, Reply reply) {
        switch (reply) {
            case Reply.Lost _
            when !task.asked -> {
                task.asked = true; // it may have been gone for long
                queue.addFirst(task);
            }
            case Reply.Lost _ -> {
                parts.stats().failed();
                task.done.accept(new Reply.Failed("the connection was lost twice"));
            }
            case Reply.Failed _ -> {
                parts.stats().failed();
                task.done.accept(reply);
            }
            case Reply.Row _, Reply.NoRow _ -> task.done.accept(reply);
        }
    }

    private void failAll() {
        var hopeless = List.copyOf(queue);
        queue.clear();
        hopeless.forEach(task -> task.done.accept(new Reply.Failed(failure)));
    }
}
