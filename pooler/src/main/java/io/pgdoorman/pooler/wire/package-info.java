/// Protocol v3 as bytes: tags by direction, the first packet, the few decoded messages, writers, SQLSTATEs.
@NullMarked
package io.pgdoorman.pooler.wire;

import org.jspecify.annotations.NullMarked;
