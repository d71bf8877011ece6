package io.pgdoorman.pooler.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpResponseStatus;

/// What a request gets: status, and a body that whoever writes it releases.
record Answer(HttpResponseStatus status, String contentType, ByteBuf body) {

    private static final String JSON = "application/json";

    static Answer json(HttpResponseStatus status, byte[] body) {
        return new Answer(status, JSON, Unpooled.wrappedBuffer(body));
    }

    static Answer error(HttpResponseStatus status, String message) {
        return json(status, JsonText.ofField("error", message));
    }
}
