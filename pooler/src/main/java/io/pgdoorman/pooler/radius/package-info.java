/// Passwords checked by RADIUS servers, as PostgreSQL's method radius does.
@NullMarked
package io.pgdoorman.pooler.radius;

import org.jspecify.annotations.NullMarked;
