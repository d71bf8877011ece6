package io.pgdoorman.pooler.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The control server's answers as JSON.
final class JsonText {

    private static final JsonFactory JSON = new JsonFactory();

    private interface Content {
        void writeTo(JsonGenerator json) throws IOException;
    }

    private JsonText() {}

    static byte[] of(ReloadAnswer answer) {
        return object(json -> {
            switch (answer) {
                case ReloadAnswer.Applied(var hash, var generation) -> {
                    json.writeStringField("result", "applied");
                    json.writeStringField("hash", hash);
                    number(json, "generation", generation);
                }
                case ReloadAnswer.Unchanged(var hash, var generation) -> {
                    json.writeStringField("result", "unchanged");
                    json.writeStringField("hash", hash);
                    number(json, "generation", generation);
                }
                case ReloadAnswer.Stale(var hash, var loadedHash, var generation) -> {
                    json.writeStringField("result", "stale");
                    json.writeStringField("hash", hash);
                    json.writeStringField("loadedHash", loadedHash);
                    number(json, "generation", generation);
                }
                case ReloadAnswer.Fenced(var generation) -> {
                    json.writeStringField("result", "fenced");
                    json.writeNumberField("generation", generation);
                }
                case ReloadAnswer.Rejected(var loadedHash, var rejected) -> {
                    json.writeStringField("result", "rejected");
                    json.writeStringField("hash", loadedHash);
                    rejected(json, rejected);
                }
            }
        });
    }

    static byte[] of(ControlState state) {
        return object(json -> {
            json.writeStringField("version", state.version());
            json.writeStringField("state", state.phase().label());
            json.writeStringField("loadedHash", state.loaded().hash());
            number(json, "generation", state.loaded().generation());
            json.writeArrayFieldStart("revoked");
            for (var user : state.loaded().revoked()) {
                json.writeString(user);
            }
            json.writeEndArray();
            rejected(json, state.rejected());
            json.writeNumberField("clients", state.load().clients());
            json.writeNumberField("inTransaction", state.load().inTransaction());
            json.writeNumberField("waiting", state.load().waiting());
            json.writeNumberField("serverConnections", state.load().serverConnections());
            json.writeNumberField("pinned", state.load().pinned());
            json.writeNumberField("oldestWaitMillis", state.load().oldestWaitMillis());
            json.writeNumberField("utilisation", Math.round(state.load().utilisation() * 100) / 100.0);
            servers(json, state.servers());
            json.writeArrayFieldStart("troubles");
            for (var trouble : state.troubles()) {
                json.writeStartObject();
                json.writeStringField("database", trouble.database());
                json.writeStringField("kind", trouble.kind().label());
                json.writeStringField("reason", trouble.reason());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeObjectFieldStart("previousLogins");
            for (var user : state.previousLogins().entrySet()) {
                json.writeNumberField(user.getKey(), user.getValue());
            }
            json.writeEndObject();
            json.writeStringField("startedAt", state.startedAt().toString());
        });
    }

    static byte[] of(ConsoleReply.Table table) {
        return object(json -> {
            json.writeArrayFieldStart("columns");
            for (var column : table.columns()) {
                json.writeStartObject();
                json.writeStringField("name", column.name());
                json.writeBooleanField("number", column.isNumber());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeArrayFieldStart("rows");
            for (var row : table.rows()) {
                json.writeStartArray();
                for (var value : row) {
                    json.writeString(value);
                }
                json.writeEndArray();
            }
            json.writeEndArray();
        });
    }

    static byte[] ofObjections(List<String> objections) {
        return object(json -> {
            json.writeStringField("status", objections.isEmpty() ? "ok" : "unavailable");
            json.writeArrayFieldStart("reasons");
            for (var objection : objections) {
                json.writeString(objection);
            }
            json.writeEndArray();
        });
    }

    /// The order came from a leader whom another one has followed.
    static byte[] ofDeposed(long newer) {
        return object(json -> {
            json.writeStringField("result", "fenced");
            json.writeNumberField("leaderEpoch", newer);
        });
    }

    /// An object with one text.
    static byte[] ofField(String name, String text) {
        return object(json -> json.writeStringField(name, text));
    }

    /// An object with one number.
    static byte[] ofField(String name, int number) {
        return object(json -> json.writeNumberField(name, number));
    }

    private static void servers(JsonGenerator json, ControlState.@Nullable Servers servers) throws IOException {
        if (servers == null) {
            json.writeNullField("servers");
            return;
        }
        json.writeObjectFieldStart("servers");
        json.writeNumberField("most", servers.most());
        json.writeNumberField("share", servers.share());
        json.writeNumberField("held", servers.held());
        json.writeNumberField("needed", servers.needed());
        json.writeNumberField("waiting", servers.waiting());
        json.writeNumberField("oldestWaitMillis", servers.oldestWaitMillis());
        json.writeEndObject();
    }

    private static void rejected(JsonGenerator json, @Nullable RejectedConfig rejected) throws IOException {
        if (rejected == null) {
            json.writeNullField("rejected");
            return;
        }
        json.writeObjectFieldStart("rejected");
        json.writeStringField("hash", rejected.hash());
        json.writeArrayFieldStart("faults");
        for (var fault : rejected.faults()) {
            json.writeStartObject();
            json.writeStringField("file", fault.file());
            json.writeStringField("path", fault.path());
            var line = fault.line();
            number(json, "line", line == null ? null : Long.valueOf(line));
            json.writeStringField("message", fault.message());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void number(JsonGenerator json, String name, @Nullable Long number) throws IOException {
        if (number == null) {
            json.writeNullField(name);
        } else {
            json.writeNumberField(name, number);
        }
    }

    private static byte[] object(Content content) {
        var bytes = new ByteArrayOutputStream();
        try (var json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            content.writeTo(json);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory", e);
        }
        return bytes.toByteArray();
    }
}
