package io.pgdoorman.pooler.dialogue;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.Message;
import io.pgdoorman.pooler.script.Reply;
import io.pgdoorman.pooler.script.WireClient;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One script played at one venue: what each step heard. Used by one thread.
///
/// What goes wrong with a connection is not an exception but something heard: the other venue may hear the same.
final class Performance implements AutoCloseable {
    private final Venue venue;
    private final Map<String, WireClient> clients = new LinkedHashMap<>();
    private final Set<String> ended = new HashSet<>();
    private final List<String> unmet = new ArrayList<>();

    private final @Nullable Ensemble ensemble;

    private Performance(Venue venue, @Nullable Ensemble ensemble) {
        this.venue = venue;
        this.ensemble = ensemble;
    }

    /// What was heard, one list for each step of [#curtain(Script)], and which demands of the script were not
    /// met.
    record Heard(List<List<Reply>> steps, List<String> unmet) {}

    /// Plays the whole script, and says Terminate for each client that still listens at its end.
    static Heard of(Script script, Venue venue) {
        try (var performance = new Performance(venue, null)) {
            List<List<Reply>> heard = new ArrayList<>();
            for (var step : script.steps()) {
                heard.add(performance.play(step));
            }
            for (var client : List.copyOf(performance.clients.keySet())) {
                heard.add(performance.play(goodbye(client)));
            }
            return new Heard(heard, performance.unmet);
        }
    }

    /// Plays the whole script with clients that stay for others.
    static Heard of(Script script, Venue venue, Ensemble ensemble) {
        var performance = new Performance(venue, ensemble);
        List<List<Reply>> heard = new ArrayList<>();
        for (var step : script.steps()) {
            heard.add(performance.play(step));
        }
        performance.clients.forEach((name, client) -> ensemble.keep(name, client, !performance.ended.contains(name)));
        return new Heard(heard, performance.unmet);
    }

    /// The steps that are played: those of the script, and a farewell of each client.
    static List<Step> curtain(Script script) {
        List<Step> steps = new ArrayList<>(script.steps());
        script.steps().stream()
                .map(Step::client)
                .filter(client -> !client.equals(Step.ROOT))
                .distinct()
                .map(Performance::goodbye)
                .forEach(steps::add);
        return steps;
    }

    private static Step goodbye(String client) {
        return new Step(client, 0, List.of(Verbs.action("terminate"), Verbs.action("closed")));
    }

    private List<Reply> play(Step step) {
        if (step.client().equals(Step.ROOT)) {
            step.actions().forEach(action -> rootDoes((Action.Deed) action));
            return List.of();
        }
        if (ended.contains(step.client())) {
            return List.of();
        }
        List<Reply> heard = new ArrayList<>();
        var unsent = new ByteArrayOutputStream();
        for (var action : step.actions()) {
            switch (action) {
                case Action.Say(var _, var bytes) -> unsent.writeBytes(bytes);
                case Action.Deed deed -> {
                    send(step, unsent);
                    heard.addAll(does(step, deed));
                }
                case Action.Hear hear -> {
                    send(step, unsent);
                    heard.addAll(hears(step, hear));
                }
                case Action.Demand(var _, var wanted, var present) -> {
                    if (heard.stream().anyMatch(reply -> reply.toString().contains(wanted)) != present) {
                        unmet.add("line %d: %s in %s".formatted(step.line(), action.text(), heard));
                    }
                }
            }
        }
        send(step, unsent);
        return heard;
    }

    private void send(Step step, ByteArrayOutputStream unsent) {
        if (unsent.size() > 0) {
            client(step).sendsIfOpen(Message.raw(unsent.toByteArray()));
            unsent.reset();
        }
    }

    /// A client that is not told how to log in does so when it is first needed.
    private WireClient client(Step step) {
        var known = clients.get(step.client());
        if (known != null) {
            return known;
        }
        var kept = ensemble == null ? null : ensemble.take(step.client(), venue);
        if (kept != null) {
            clients.put(step.client(), kept);
            return kept;
        }
        var fresh = login(step.client(), Door.Role.PLAYER, Map.of());
        if (ensemble != null) {
            fresh.forgetsTranscript(); // who is kept is greeted by nobody
        }
        return fresh;
    }

    private WireClient connect(String name) {
        var client = venue.door().connect().cut(venue.cut().get()).patience(venue.patience());
        var before = clients.put(name, client);
        if (before != null) {
            before.close();
        }
        return client;
    }

    private WireClient login(String name, Door.Role role, Map<String, String> parameters) {
        var client = connect(name);
        client.logsIn(role.user(), role.password(), venue.database(), parameters);
        return client;
    }

    private List<Reply> does(Step step, Action.Deed deed) {
        switch (deed.kind()) {
            case LOGIN -> {
                var words = deed.words();
                boolean named = !words.isEmpty() && !words.getFirst().text().contains("=");
                var role = named
                        ? Door.Role.valueOf(words.getFirst().text().toUpperCase(java.util.Locale.ROOT))
                        : Door.Role.PLAYER;
                return login(step.client(), role, parameters(words.subList(named ? 1 : 0, words.size())))
                        .transcript();
            }
            case CONNECT -> connect(step.client());
            case CLOSE -> {
                client(step).close();
                ended.add(step.client());
            }
            case VANISH -> {
                client(step).vanishes();
                ended.add(step.client());
            }
            case HALF_CLOSE -> client(step).halfCloses();
            case CANCEL -> {
                try (var other = venue.door().connect()) {
                    other.sends(Message.cancelRequest(client(step).key())).receivesToEnd();
                }
            }
            case DOES, WAITS -> throw new IllegalArgumentException("only root " + deed.text());
        }
        return List.of();
    }

    private static Map<String, String> parameters(List<Word> words) {
        Map<String, String> parameters = new LinkedHashMap<>();
        for (var word : words) {
            int equals = word.text().indexOf('=');
            parameters.put(word.text().substring(0, equals), word.text().substring(equals + 1));
        }
        return parameters;
    }

    private void rootDoes(Action.Deed deed) {
        String sql = deed.words().getFirst().text();
        switch (deed.kind()) {
            case DOES -> EmbeddedPg.shared().doesIn(venue.database(), sql);
            case WAITS ->
                Eventually.isTrue(
                        sql,
                        () -> EmbeddedPg.shared().asks(venue.database(), sql).equals(List.of("t")));
            default -> throw new IllegalArgumentException("root cannot " + deed.text());
        }
    }

    private List<Reply> hears(Step step, Action.Hear hear) {
        var client = client(step);
        int before = client.transcript().size();
        String end = null;
        try {
            switch (hear.until()) {
                case READY -> client.receivesReady(hear.count());
                case COUNT -> client.receives(hear.count());
                case TAG -> client.receivesUntil(hear.wanted().charAt(0));
                case READY_OF -> {
                    while (client.receivesReady().stream()
                            .noneMatch(reply -> reply.toString().contains(hear.wanted()))) {
                        // the condition does all
                    }
                }
                case BYTE -> client.receivesByte();
                case CLOSED -> {
                    client.receivesToEnd();
                    end = "closed";
                }
            }
        } catch (UncheckedIOException e) {
            end = whyItEnds(e);
        }
        List<Reply> heard = new ArrayList<>(
                client.transcript().subList(before, client.transcript().size()));
        if (end != null) {
            heard.add(new Reply('!', end));
            ended.add(step.client());
        }
        return heard;
    }

    private String whyItEnds(UncheckedIOException e) {
        if (e.getCause() instanceof SocketTimeoutException) {
            return "nothing more within " + venue.patience();
        }
        if (e.getCause() instanceof EOFException || e.getCause() instanceof SocketException) {
            return "closed";
        }
        throw e;
    }

    @Override
    public void close() {
        clients.values().forEach(WireClient::close);
    }
}
