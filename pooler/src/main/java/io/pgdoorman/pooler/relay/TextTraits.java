package io.pgdoorman.pooler.relay;

import io.netty.buffer.Unpooled;
import io.pgdoorman.pooler.prepare.StatementText;
import io.pgdoorman.pooler.session.DirtScan;
import io.pgdoorman.pooler.session.TextResult;

/// All that is known of a statement by its text, once for each new text.
final class TextTraits {
    private TextTraits() {}

    /// The bits of [DirtScan] and [StatementText] of what follows the name in a Parse.
    static int of(byte[] tail) {
        var text = Unpooled.wrappedBuffer(tail);
        int result = switch (TextResult.of(text, 0, tail.length)) {
            case NONE -> StatementText.NO_RESULT;
            case UNSURE -> StatementText.UNSURE_RESULT;
            case OF_UTILITY -> StatementText.UTILITY_RESULT;
            case SOME -> 0;
        };
        return DirtScan.scan(text, 0, tail.length) | StatementText.traits(tail) | result;
    }
}
