package io.pgdoorman.pooler.http;

import io.netty.handler.codec.http.HttpMethod;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// One path of the control server.
record Route(HttpMethod method, Guard guard, Responder responder) {

    /// Who may ask.
    enum Guard {
        OPEN,
        /// Who has the token of metrics or the admin login, when there is such a token.
        METRICS,
        ADMIN
    }

    /// A request without its transport.
    ///
    /// @param accept what the caller wants to read; null when it does not say
    /// @param leader epoch of the operator that asks; null when it does not say
    record Request(
            Map<String, List<String>> query,
            String body,
            @Nullable String accept,
            @Nullable Long leader) {

        @Nullable
        String parameter(String name) {
            var values = query.get(name);
            return values == null ? null : values.getFirst();
        }
    }

    /// Answers a request; called on the event loop, where it must not block.
    interface Responder {
        CompletionStage<Answer> answer(Request request);
    }

    boolean allows(HttpMethod asked) {
        return asked.equals(method) || (method.equals(HttpMethod.GET) && asked.equals(HttpMethod.HEAD));
    }

    /// The methods for the Allow header.
    String allowed() {
        return method.equals(HttpMethod.GET) ? "GET, HEAD" : method.name();
    }
}
