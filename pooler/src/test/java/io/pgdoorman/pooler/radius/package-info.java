/// Tests of RADIUS servers: Debian's FreeRADIUS, and one that says what it likes.
@NullMarked
package io.pgdoorman.pooler.radius;

import org.jspecify.annotations.NullMarked;
