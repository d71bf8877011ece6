package io.pgdoorman.pooler.client;

import io.netty.handler.codec.DecoderException;
import java.io.IOException;

/// Tells what the network or the other side did from what is a fault of ours.
final class BrokenWire {
    private BrokenWire() {}

    /// Whether the connection was lost, or what came over it was no TLS (its handler is the only decoder in front).
    static boolean is(Throwable cause) {
        return cause instanceof IOException || cause instanceof DecoderException;
    }
}
