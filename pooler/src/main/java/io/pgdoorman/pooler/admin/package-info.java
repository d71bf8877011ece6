/// The admin console: each command of PgBouncer and PgDoorman is a class; values in and out, no wire format.
@NullMarked
package io.pgdoorman.pooler.admin;

import org.jspecify.annotations.NullMarked;
