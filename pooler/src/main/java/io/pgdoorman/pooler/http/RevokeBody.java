package io.pgdoorman.pooler.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashSet;
import java.util.Set;

/// The body of an order to revoke: an object with `users`.
sealed interface RevokeBody {

    record Understood(Set<String> users) implements RevokeBody {
        public Understood {
            users = Set.copyOf(users);
        }
    }

    record Unreadable(String reason) implements RevokeBody {}

    JsonFactory JSON = new JsonFactory();

    Unreadable EXPECTED = new Unreadable("body: expected an object like {\"users\":[\"…\"]}");

    static RevokeBody parse(String body) {
        try (var json = JSON.createParser(body)) {
            return parse(json);
        } catch (JsonProcessingException e) {
            return new Unreadable("body is not JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory", e);
        }
    }

    private static RevokeBody parse(JsonParser json) throws IOException {
        if (json.nextToken() != JsonToken.START_OBJECT
                || !"users".equals(json.nextFieldName())
                || json.nextToken() != JsonToken.START_ARRAY) {
            return EXPECTED;
        }
        var users = new LinkedHashSet<String>();
        while (json.nextToken() == JsonToken.VALUE_STRING) {
            users.add(json.getText());
        }
        return json.currentToken() == JsonToken.END_ARRAY
                        && json.nextToken() == JsonToken.END_OBJECT
                        && json.nextToken() == null
                ? new Understood(users)
                : EXPECTED;
    }
}
