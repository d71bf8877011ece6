package io.pgdoorman.pooler.relay;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// Where what a client hears goes: to its line, and to whoever records it. Belongs to the event loop.
final class ClientSink implements Outbox.Sink {
    private final Relay relay;
    private @Nullable Recording recording;

    ClientSink(Relay relay) {
        this.relay = relay;
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
        relay.client().line().write(bytes);
    }

    @Override
    public void send(ByteBuf bytes) {
        copy(bytes);
        relay.client().line().send(bytes);
    }

    private void copy(ByteBuf bytes) {
        var copies = recording;
        if (copies != null) {
            copies.add(bytes);
        }
    }

    @Override
    public void flush() {
        relay.client().line().flush();
    }
}
