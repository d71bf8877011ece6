/// Tests of Kerberos: Debian's KDC, libpq with its tickets, and PostgreSQL beside the pooler.
@NullMarked
package io.pgdoorman.pooler.gss;

import org.jspecify.annotations.NullMarked;
