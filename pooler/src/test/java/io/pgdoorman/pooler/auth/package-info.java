/// Tests of the auth room against PostgreSQL's own verifiers, RFC vectors and hostile bytes.
@NullMarked
package io.pgdoorman.pooler.auth;

import org.jspecify.annotations.NullMarked;
