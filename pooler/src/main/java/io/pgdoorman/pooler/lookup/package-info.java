/// Users who stand in no list: PostgreSQL is asked what they have to prove, and its answers are remembered for a while.
@NullMarked
package io.pgdoorman.pooler.lookup;

import org.jspecify.annotations.NullMarked;
