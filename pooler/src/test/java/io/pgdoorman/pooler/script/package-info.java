/// Wire scripts: raw frontends over blocking sockets that talk to PostgreSQL, to the pooler, or to both.
@NullMarked
package io.pgdoorman.pooler.script;

import org.jspecify.annotations.NullMarked;
