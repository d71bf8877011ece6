/// The pooling engine: PostgreSQL clients in, few server connections out.
@NullMarked
package io.pgdoorman.pooler;

import org.jspecify.annotations.NullMarked;
