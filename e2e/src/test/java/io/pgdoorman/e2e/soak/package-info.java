/// Mixed load with random kills of servers and clients: no wrong answer, no leak, a flat heap.
@NullMarked
package io.pgdoorman.e2e.soak;

import org.jspecify.annotations.NullMarked;
