package io.pgdoorman.pooler.relay;

import io.netty.buffer.ByteBuf;
import io.pgdoorman.pooler.net.SocketWriter;
import org.jspecify.annotations.Nullable;

/// Where what a client hears goes: to its channel, and to whoever records it. Belongs to the event loop.
final class ClientSink implements Outbox.Sink {
    private final SocketWriter client;
    private @Nullable Recording recording;

    ClientSink(SocketWriter client) {
        this.client = client;
    }

    /// Copies go there from now on.
    void record(Recording copies) {
        recording = copies;
    }

    boolean isRecording() {
        return recording != null;
    }

    /// All that is to be recorded was written.
    void endRecording() {
        var ending = recording;
        if (ending != null) {
            recording = null;
            ending.end();
        }
    }

    void forgetRecording() {
        recording = null;
    }

    @Override
    public void write(ByteBuf bytes) {
        copy(bytes);
        client.write(bytes);
    }

    @Override
    public void send(ByteBuf bytes) {
        copy(bytes);
        client.send(bytes);
    }

    private void copy(ByteBuf bytes) {
        var copies = recording;
        if (copies != null) {
            copies.add(bytes);
        }
    }

    @Override
    public void flush() {
        client.flush();
    }
}
