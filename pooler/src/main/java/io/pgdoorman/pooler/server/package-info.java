/// One connection to PostgreSQL: connect, login, lifecycle, reset, cancel.
@NullMarked
package io.pgdoorman.pooler.server;

import org.jspecify.annotations.NullMarked;
