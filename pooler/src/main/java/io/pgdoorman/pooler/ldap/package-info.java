/// Passwords checked by a directory, as PostgreSQL's method ldap does.
@NullMarked
package io.pgdoorman.pooler.ldap;

import org.jspecify.annotations.NullMarked;
