package io.pgdoorman.pooler.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/// The body of a reload request: nothing, or an object with `hash` and `generation`.
sealed interface ReloadBody {

    record Understood(ReloadRequest request) implements ReloadBody {}

    record Unreadable(String reason) implements ReloadBody {}

    JsonFactory JSON = new JsonFactory();

    static ReloadBody parse(String body) {
        if (body.isBlank()) {
            return new Understood(new ReloadRequest(null, null));
        }
        try (var json = JSON.createParser(body)) {
            return parse(json);
        } catch (JsonProcessingException e) {
            return new Unreadable("body is not JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory", e);
        }
    }

    private static ReloadBody parse(JsonParser json) throws IOException {
        if (json.nextToken() != JsonToken.START_OBJECT) {
            return new Unreadable("body: expected an object like {\"hash\":\"…\",\"generation\":1}");
        }
        String hash = null;
        Long generation = null;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            var field = json.currentName();
            var value = json.nextToken();
            if (field.equals("hash") && (value == JsonToken.VALUE_STRING || value == JsonToken.VALUE_NULL)) {
                hash = value == JsonToken.VALUE_NULL ? null : json.getText();
            } else if (field.equals("generation") && isLongOrNull(json, value)) {
                generation = value == JsonToken.VALUE_NULL ? null : Long.valueOf(json.getLongValue());
            } else {
                return new Unreadable(
                        field + ": expected \"hash\" with a text or \"generation\" with a whole number, or null");
            }
        }
        if (json.nextToken() != null) {
            return new Unreadable("body: text after the object");
        }
        return new Understood(new ReloadRequest(hash, generation));
    }

    private static boolean isLongOrNull(JsonParser json, @Nullable JsonToken value) throws IOException {
        return value == JsonToken.VALUE_NULL
                || (value == JsonToken.VALUE_NUMBER_INT && json.getNumberType() != JsonParser.NumberType.BIG_INTEGER);
    }
}
