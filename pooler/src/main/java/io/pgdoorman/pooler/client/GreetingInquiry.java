package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.net.Loop;
import io.pgdoorman.pooler.pool.Borrowed;
import io.pgdoorman.pooler.pool.Borrower;
import io.pgdoorman.pooler.pool.Ticket;
import io.pgdoorman.pooler.server.ServerAnswer;
import io.pgdoorman.pooler.server.ServerConnection;
import io.pgdoorman.pooler.session.ParameterSet;
import io.pgdoorman.pooler.stats.ProcessStats.Reason;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.SqlState;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The first client with given settings asks PostgreSQL what it reports for them; that also tells whether they are
/// valid. Belongs to the loop that the client goes to, whose servers it may borrow.
final class GreetingInquiry implements Borrower<ServerConnection> {
    private final ClientPool pool;
    private final ParameterSet wanted;
    private final Loop loop;
    private final Asker asker;
    private @Nullable Ticket<ServerConnection> ticket;
    private boolean abandoned;

    /// Who wants to know; told once, on the inquiry's loop.
    interface Asker {
        void told(Map<String, String> reported);

        void refused(Reason reason, PgError error);
    }

    GreetingInquiry(ClientPool pool, ParameterSet wanted, Loop loop, Asker asker) {
        this.pool = pool;
        this.wanted = wanted;
        this.loop = loop;
        this.asker = asker;
    }

    /// Any thread.
    void begin() {
        loop.run(this::borrow);
    }

    /// Nobody wants to know any more; any thread.
    void abandon() {
        loop.run(this::giveUp);
    }

    private void giveUp() {
        abandoned = true;
        var place = ticket;
        if (place != null) {
            ticket = null;
            pool.pool().giveUp(place);
        }
    }

    private void borrow() {
        if (abandoned) {
            return;
        }
        switch (pool.pool().borrow(loop.index(), this)) {
            case Borrowed.Lent<ServerConnection>(var server) -> lent(server);
            case Borrowed.Waiting<ServerConnection>(var place) -> {
                ticket = place;
                answerWithoutServer(place);
            }
            case Borrowed.Refused<ServerConnection>(var error) -> refused(error);
        }
    }

    /// All servers are busy, and a login should not wait for other clients' transactions: it is told what
    /// servers report anyway and what it asked for. Whether PostgreSQL takes its settings, and how it
    /// spells them, shows at its first query.
    private void answerWithoutServer(Ticket<ServerConnection> place) {
        var usual = pool.greeting(ParameterSet.EMPTY);
        if (usual == null
                || pool.pool().counts().connecting() > 0
                || !pool.pool().giveUp(place)) {
            return;
        }
        ticket = null;
        var told = new LinkedHashMap<>(usual);
        wanted.values()
                .forEach((name, value) -> told.replaceAll((known, before) ->
                        known.equalsIgnoreCase(name) && !value.equalsIgnoreCase(before) ? value : before));
        asker.told(told);
    }

    @Override
    public void lent(ServerConnection server) {
        ticket = null;
        if (abandoned) {
            pool.pool().giveBack(server);
            return;
        }
        if (server.parameters().equals(wanted)) {
            answerAsReportedBy(server);
            return;
        }
        byte[] sql = wanted.sqlFrom(server.parameters());
        server.ask(sql, answer -> {
            switch (answer) {
                case ServerAnswer.Done _ -> {
                    server.setParameters(wanted);
                    answerAsReportedBy(server);
                }
                case ServerAnswer.Refused(var error) -> {
                    pool.pool().giveBack(server);
                    asker.refused(Reason.INVALID_STARTUP, error.asFatal());
                }
                case ServerAnswer.Lost _ ->
                    asker.refused(
                            Reason.INVALID_STARTUP,
                            PgError.fatal(SqlState.CONNECTION_FAILURE, "server closed the connection unexpectedly"));
            }
        });
    }

    private void answerAsReportedBy(ServerConnection server) {
        var reported = Map.copyOf(server.reported());
        pool.rememberGreeting(wanted, reported);
        pool.rememberGreeting(ParameterSet.EMPTY, server.defaults());
        pool.pool().giveBack(server);
        asker.told(reported);
    }

    @Override
    public void refused(PgError error) {
        ticket = null;
        asker.refused(Reason.PROTOCOL_ERROR, error.asFatal());
    }
}
