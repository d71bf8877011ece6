/// Tests of what a configuration leads to.
@NullMarked
package io.pgdoorman.pooler.reload;

import org.jspecify.annotations.NullMarked;
