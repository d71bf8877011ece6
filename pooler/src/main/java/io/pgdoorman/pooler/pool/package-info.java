/// Lend and take back: waiters, sizes, lifetimes, health, pause.
@NullMarked
package io.pgdoorman.pooler.pool;

import org.jspecify.annotations.NullMarked;
