/// What a PostgreSQL session remembers: tracked parameters, transaction status, and the dirt that says what must be
/// reset.
@NullMarked
package io.pgdoorman.pooler.session;

import org.jspecify.annotations.NullMarked;
