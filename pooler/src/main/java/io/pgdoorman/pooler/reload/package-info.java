/// Config to pools: resolve, plan, operations, result; the one place that swaps the directory of pools.
@NullMarked
package io.pgdoorman.pooler.reload;

import org.jspecify.annotations.NullMarked;
