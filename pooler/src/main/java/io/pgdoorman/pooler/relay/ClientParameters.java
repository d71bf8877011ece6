package io.pgdoorman.pooler.relay;

import io.pgdoorman.pooler.session.ParameterSet;
import io.pgdoorman.pooler.session.Resets;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// One client's parameters: what its startup packet asked for, what it wants now, and what it was told.
///
/// For PostgreSQL the values of the startup packet are what RESET returns to. Here they were set afterwards, so
/// RESET takes the server to *its* defaults: the client is told what its own would have been, and gets it back
/// before its next message is done. Belongs to the client's event loop.
final class ClientParameters {
    private final ParameterSet initial;
    private final Map<String, String> greeting;
    private final Listener listener;
    private ParameterSet wanted;
    private @Nullable Map<String, String> toldSince;
    private @Nullable Map<String, String> untold;

    /// What was reset in the query that runs, and what was wanted before it.
    private @Nullable Resets resetting;

    private @Nullable ParameterSet wantedBefore;

    /// Who plans by what is wanted.
    interface Listener {
        void wanted(ParameterSet now);
    }

    /// @param initial of the startup packet
    /// @param greeting what the client was told at its login
    /// @param listener told of each change of what is wanted
    ClientParameters(ParameterSet initial, Map<String, String> greeting, Listener listener) {
        this.initial = initial;
        this.listener = listener;
        this.greeting = greeting;
        this.wanted = initial;
    }

    ParameterSet wanted() {
        return wanted;
    }

    /// To be asked between two transactions.
    KnownParameters known() {
        var since = toldSince;
        return new KnownParameters(initial, greeting, wanted, since == null ? Map.of() : Map.copyOf(since));
    }

    /// Goes on where another process stopped, which knew this; the initial ones and the greeting are the same.
    void goOn(KnownParameters known) {
        want(known.wanted());
        known.toldSince().forEach(this::tell);
    }

    /// PostgreSQL reported a change that the client's own query made.
    ///
    /// @return whether the client is to be told
    boolean reported(String name, String value, @Nullable String serverDefault) {
        var reset = resetting;
        if (reset != null && reset.covers(name) && initial.values().containsKey(name)) {
            return false; // the server's default is not this client's
        }
        want(wanted.with(name, value, serverDefault));
        tell(name, value);
        return true;
    }

    /// PostgreSQL reported what it made of a value that the client wants.
    ///
    /// @return whether the client was told another
    boolean corrected(String name, String value) {
        var told = told(name);
        if (told == null || told.equals(value)) {
            return false;
        }
        tell(name, value);
        return true;
    }

    /// CommandComplete of what resets.
    void reset(Resets resets) {
        if (wantedBefore == null) {
            wantedBefore = wanted;
        }
        resetting = resets;
        want(wanted.restored(resets, initial));
        for (var name : initial.values().keySet()) {
            if (resets.covers(name)) {
                notTold(name);
            }
        }
    }

    /// The client reset all its parameters while it holds no server.
    ///
    /// @return what it has to be told
    Map<String, String> resetUnlinked() {
        want(initial);
        var news = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
        greeting.forEach((name, value) -> {
            if (!name.equals("in_hot_standby") && !value.equals(told(name))) {
                news.put(name, value);
            }
        });
        news.forEach(this::tell);
        return news;
    }

    private void notTold(String asked) {
        for (var entry : greeting.entrySet()) {
            if (entry.getKey().equalsIgnoreCase(asked) && !entry.getValue().equals(told(asked))) {
                var more = untold == null ? new TreeMap<String, String>() : untold;
                more.put(entry.getKey(), entry.getValue());
                untold = more;
            }
        }
    }

    /// An error: what its query reset before is as it was.
    void failed() {
        var before = wantedBefore;
        if (before != null) {
            want(before);
            untold = null;
        }
    }

    boolean hasUntold() {
        return untold != null;
    }

    /// ReadyForQuery is about to be told.
    ///
    /// @return what a RESET made of reported parameters, to be told before it; or null
    @Nullable
    Map<String, String> ready() {
        var news = untold;
        resetting = null;
        wantedBefore = null;
        untold = null;
        if (news != null) {
            news.forEach(this::tell);
        }
        return news;
    }

    private void want(ParameterSet now) {
        if (!now.equals(wanted)) {
            wanted = now;
            listener.wanted(now);
        }
    }

    private void tell(String name, String value) {
        if (value.equals(told(name))) {
            return;
        }
        var more = toldSince == null ? new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER) : toldSince;
        more.put(name, value);
        toldSince = more;
    }

    private @Nullable String told(String name) {
        var since = toldSince;
        var known = since == null ? null : since.get(name);
        if (known != null) {
            return known;
        }
        for (var entry : greeting.entrySet()) {
            if (entry.getKey().equalsIgnoreCase(name)) {
                return entry.getValue();
            }
        }
        return null;
    }
}
