package io.pgdoorman.pooler.relay;

import io.netty.buffer.ByteBuf;

/// Where a client's bytes go: to the server that its relay holds just then. Belongs to the event loop.
final class ServerSink implements Outbox.Sink {
    private final Relay relay;

    ServerSink(Relay relay) {
        this.relay = relay;
    }

    @Override
    public void write(ByteBuf bytes) {
        relay.held().write(bytes);
    }

    @Override
    public void send(ByteBuf bytes) {
        relay.held().send(bytes);
    }

    @Override
    public void flush() {
        var held = relay.server();
        if (held != null) {
            held.flush();
        }
    }
}
