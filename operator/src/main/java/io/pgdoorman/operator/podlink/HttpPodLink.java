package io.pgdoorman.operator.podlink;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The control endpoint over HTTP with Basic authentication.
public final class HttpPodLink implements PodLink {

    private static final Duration CONNECT = Duration.ofSeconds(2);
    private static final Duration ASK = Duration.ofSeconds(3);
    /// A reload reads files and may prepare pools before it answers.
    private static final Duration RELOAD = Duration.ofSeconds(15);

    /// Some faults and a few numbers; whoever makes a pod beside its pool must not fill the heap of all pools'
    /// operator.
    private static final long LARGEST_ANSWER = 1 << 20;

    /// Of the console, whose tables may have a row for each of ten thousand clients.
    private static final long LARGEST_TABLE = 16 << 20;

    /// Commands of the console may wait for transactions to end.
    private static final Duration CONSOLE = Duration.ofMinutes(1);

    private static final ObjectMapper JSON = new ObjectMapper();

    /// See the pooler's control server: a header, as older poolers must not mind it.
    private static final String LEADER = "Doorman-Leader-Epoch";

    private final LeaderEpoch leader;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();

    public HttpPodLink(LeaderEpoch leader) {
        this.leader = leader;
    }

    @Override
    public StateAnswer state(Address address) {
        return switch (send(address, request(address, "/api/admin/state", ASK).GET())) {
            case Reply.Lost(var reason) -> new Silent(reason);
            case Reply.Told(var status, var body) when status == 200 -> state(body);
            case Reply.Told told -> unexpected(told);
        };
    }

    @Override
    public ReloadAnswer reload(Address address, String hash, long generation) {
        var body = JSON.createObjectNode().put("hash", hash).put("generation", generation);
        return switch (send(address, withBody(address, "/api/admin/reload", RELOAD, body))) {
            case Reply.Lost(var reason) -> new Silent(reason);
            case Reply.Told told -> reload(told);
        };
    }

    private static ReloadAnswer reload(Reply.Told told) {
        var body = told.body();
        return switch (told.status()) {
            case 200 ->
                new Loaded(body.path("hash").asText(), body.path("generation").asLong());
            case 409 -> new Stale(text(body.path("hash")));
            case 412 ->
                body.hasNonNull("leaderEpoch")
                        ? new Deposed(body.path("leaderEpoch").asLong())
                        : new Fenced(body.path("generation").asLong());
            case 422 -> rejected(body.path("rejected"));
            default -> unexpected(told);
        };
    }

    @Override
    public @Nullable Silent drain(Address address) {
        return order(address, request(address, "/api/admin/drain", ASK).POST(BodyPublishers.noBody()));
    }

    @Override
    public @Nullable Silent revoke(Address address, Set<String> users) {
        var body = JSON.createObjectNode();
        users.forEach(body.putArray("users")::add);
        return order(address, withBody(address, "/api/admin/revoke", RELOAD, body));
    }

    @Override
    public Expelled expel(Address address, Set<String> users) {
        return switch (console(address, "SHOW CLIENTS")) {
            case Table table -> expel(address, Sessions.idle(table, users));
            case Done(var tag) -> new Expelled(0, new Silent("its console told " + tag + " and no clients"));
            case Failed(var message) -> new Expelled(0, new Silent("its console says: " + message));
            case Silent silent -> new Expelled(0, silent);
        };
    }

    private Expelled expel(Address address, List<String> clients) {
        var ended = 0;
        for (var client : clients) {
            if (console(address, "KILL_CLIENT " + client) instanceof Silent silent) {
                return new Expelled(ended, silent);
            }
            ended++; // or it has left by itself
        }
        return new Expelled(ended, null);
    }

    @Override
    public @Nullable Silent grant(Address address, String hash) {
        var body = JSON.createObjectNode().put("hash", hash);
        return order(address, withBody(address, "/api/admin/grant", ASK, body));
    }

    @Override
    public @Nullable Silent hold(Address address) {
        return order(address, request(address, "/api/admin/hold", ASK).POST(BodyPublishers.noBody()));
    }

    @Override
    public @Nullable Silent allow(Address address, String hash, @Nullable Map<String, Integer> databases) {
        var body = JSON.createObjectNode().put("hash", hash);
        if (databases != null) {
            databases.forEach(body.putObject("databases")::put);
        }
        return order(address, withBody(address, "/api/admin/allow", ASK, body));
    }

    private @Nullable Silent order(Address address, HttpRequest.Builder request) {
        return switch (send(address, request)) {
            case Reply.Lost(var reason) -> new Silent(reason);
            case Reply.Told(var status, var _) when status == 202 || status == 200 -> null;
            case Reply.Told told -> unexpected(told);
        };
    }

    /// Does a command of the pooler's admin console.
    public ConsoleAnswer console(Address address, String command) {
        var request = request(address, "/api/admin/console", CONSOLE).POST(BodyPublishers.ofString(command));
        return switch (send(address, request, LARGEST_TABLE)) {
            case Reply.Lost(var reason) -> new Silent(reason);
            case Reply.Told(var status, var body) when status == 200 && body.has("columns") -> table(body);
            case Reply.Told(var status, var body)
            when status == 200 -> new Done(body.path("tag").asText());
            case Reply.Told(var status, var body)
            when status == 422 -> new Failed(body.path("error").asText());
            case Reply.Told told -> unexpected(told);
        };
    }

    private static Table table(JsonNode body) {
        var columns = new ArrayList<Column>();
        body.path("columns")
                .forEach(column -> columns.add(new Column(
                        column.path("name").asText(), column.path("number").asBoolean())));
        var rows = new ArrayList<List<String>>();
        for (var row : body.path("rows")) {
            rows.add(row.valueStream()
                    .map(value -> value.isNull() ? "" : value.asText())
                    .toList());
        }
        return new Table(columns, rows);
    }

    private static State state(JsonNode body) {
        var rejected = body.path("rejected");
        return new State(
                body.path("version").asText(),
                body.path("state").asText(),
                text(body.path("loadedHash")),
                body.path("generation").asLong(),
                rejected.isObject() ? rejected(rejected) : null,
                load(body),
                body.has("troubles") ? troubles(body.path("troubles")) : null,
                body.has("revoked")
                        ? body.path("revoked")
                                .valueStream()
                                .map(JsonNode::asText)
                                .collect(Collectors.toSet())
                        : null,
                numbers(body.path("previousLogins")),
                body.path("servers").isObject() ? servers(body.path("servers")) : null);
    }

    private static Load load(JsonNode body) {
        return new Load(
                body.path("clients").asInt(),
                body.path("inTransaction").asInt(),
                body.path("waiting").asInt(),
                body.path("serverConnections").asInt(),
                body.path("pinned").asInt(),
                body.path("oldestWaitMillis").asLong(),
                body.path("utilisation").asDouble(-1));
    }

    private static Servers servers(JsonNode body) {
        return new Servers(
                body.path("most").asInt(),
                body.path("share").asInt(),
                body.path("held").asInt(),
                body.path("needed").asInt(),
                body.path("waiting").asInt(),
                body.path("oldestWaitMillis").asLong());
    }

    private static List<Trouble> troubles(JsonNode body) {
        return body.valueStream()
                .map(trouble -> new Trouble(
                        trouble.path("database").asText(),
                        trouble.path("kind").asText(),
                        trouble.path("reason").asText()))
                .toList();
    }

    private static Map<String, Long> numbers(JsonNode body) {
        return body.propertyStream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> entry.getValue().asLong()));
    }

    private static Rejected rejected(JsonNode body) {
        var faults = new ArrayList<Fault>();
        for (var fault : body.path("faults")) {
            faults.add(new Fault(
                    fault.path("path").asText(""), fault.path("message").asText("")));
        }
        if (faults.isEmpty()) {
            faults.add(new Fault("", "no reason given"));
        }
        return new Rejected(text(body.path("hash")), faults);
    }

    private static @Nullable String text(JsonNode node) {
        return node.isTextual() ? node.asText() : null;
    }

    private static Silent unexpected(Reply.Told told) {
        var error = told.body().path("error").asText("");
        return new Silent(
                told.status() == 401
                        ? "answered 401: it does not know the operator's password"
                        : "answered " + told.status()
                                + (error.isEmpty() ? ", which no operator expects" : ": " + error));
    }

    private sealed interface Reply {
        record Told(int status, JsonNode body) implements Reply {}

        record Lost(String reason) implements Reply {}
    }

    private HttpRequest.Builder withBody(Address address, String path, Duration timeout, JsonNode body) {
        return request(address, path, timeout)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body.toString()));
    }

    private HttpRequest.Builder request(Address address, String path, Duration timeout) {
        var login = address.user() + ":" + address.password();
        var host = address.host().contains(":") ? "[" + address.host() + "]" : address.host();
        var request = HttpRequest.newBuilder(URI.create("http://" + host + ":" + address.port() + path))
                .timeout(timeout)
                .header(
                        "Authorization",
                        "Basic " + Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8)));
        leader.current().ifPresent(epoch -> request.header(LEADER, Long.toString(epoch)));
        return request;
    }

    private Reply send(Address address, HttpRequest.Builder builder) {
        return send(address, builder, LARGEST_ANSWER);
    }

    private Reply send(Address address, HttpRequest.Builder builder, long largest) {
        var request = builder.build();
        var answer = client.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofString(), largest));
        try {
            // The request's own timeout ends with the headers.
            var response = answer.get(request.timeout().orElseThrow().toMillis(), TimeUnit.MILLISECONDS);
            return new Reply.Told(response.statusCode(), tree(response));
        } catch (ExecutionException e) {
            return new Reply.Lost("no answer from " + address + ": " + reason(e.getCause()));
        } catch (TimeoutException _) {
            answer.cancel(true);
            return new Reply.Lost("no whole answer from " + address + " within "
                    + request.timeout().orElseThrow().toSeconds() + " s");
        } catch (IOException e) {
            return new Reply.Lost("no answer from " + address + ": " + reason(e));
        } catch (InterruptedException _) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            return new Reply.Lost("interrupted while waiting for " + address);
        }
    }

    private static String reason(@Nullable Throwable e) {
        var message = e == null ? null : e.getMessage();
        return message == null ? String.valueOf(e) : message;
    }

    private static JsonNode tree(HttpResponse<String> response) throws IOException {
        if (response.body().isBlank()) {
            return JSON.createObjectNode();
        }
        try {
            return JSON.readTree(response.body());
        } catch (JsonProcessingException e) {
            if (response.statusCode() != 200) {
                return JSON.createObjectNode();
            }
            throw new IOException("answered something that is no JSON", e);
        }
    }
}
