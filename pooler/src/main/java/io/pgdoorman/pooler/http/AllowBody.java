package io.pgdoorman.pooler.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The body of an order that says how many servers each database may have: an object with `hash` and, if it is not what
/// the configuration says, `databases`.
sealed interface AllowBody {

    record Understood(AllowRequest request) implements AllowBody {}

    record Unreadable(String reason) implements AllowBody {}

    JsonFactory JSON = new JsonFactory();

    /// As many as the configuration allows for one database.
    int MOST = 1_000_000;

    Unreadable EXPECTED = new Unreadable("body: expected an object like {\"hash\":\"…\",\"databases\":{\"…\":9}},"
            + " each number from 1 to " + MOST);

    static AllowBody parse(String body) {
        try (var json = JSON.createParser(body)) {
            return parse(json);
        } catch (JsonProcessingException e) {
            return new Unreadable("body is not JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory", e);
        }
    }

    private static AllowBody parse(JsonParser json) throws IOException {
        if (json.nextToken() != JsonToken.START_OBJECT) {
            return EXPECTED;
        }
        String hash = null;
        Map<String, Integer> databases = null;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            var field = json.currentName();
            var value = json.nextToken();
            if (field.equals("hash") && value == JsonToken.VALUE_STRING) {
                hash = json.getText();
            } else if (field.equals("databases") && value == JsonToken.START_OBJECT) {
                databases = databases(json);
                if (databases == null) {
                    return EXPECTED;
                }
            } else {
                return EXPECTED;
            }
        }
        return hash != null && json.currentToken() == JsonToken.END_OBJECT && json.nextToken() == null
                ? new Understood(new AllowRequest(hash, databases))
                : EXPECTED;
    }

    private static @Nullable Map<String, Integer> databases(JsonParser json) throws IOException {
        var databases = new LinkedHashMap<String, Integer>();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            var name = json.currentName();
            if (json.nextToken() != JsonToken.VALUE_NUMBER_INT
                    || json.getNumberType() != JsonParser.NumberType.INT
                    || json.getIntValue() < 1
                    || json.getIntValue() > MOST) {
                return null;
            }
            databases.put(name, json.getIntValue());
        }
        return json.currentToken() == JsonToken.END_OBJECT ? databases : null;
    }
}
