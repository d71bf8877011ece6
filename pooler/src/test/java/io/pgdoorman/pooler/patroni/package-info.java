/// Answers of Patroni, good and hostile, and what a pool makes of them.
@NullMarked
package io.pgdoorman.pooler.patroni;

import org.jspecify.annotations.NullMarked;
