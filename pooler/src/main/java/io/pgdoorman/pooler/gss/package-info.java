/// Kerberos tickets checked by GSSAPI, as PostgreSQL's method gss does.
@NullMarked
package io.pgdoorman.pooler.gss;

import org.jspecify.annotations.NullMarked;
