/// Client and server for one lease: batch plan, reply ledger, COPY, backpressure, flush.
@NullMarked
package io.pgdoorman.pooler.relay;

import org.jspecify.annotations.NullMarked;
