/// OAUTHBEARER with the real libpq 18.
@NullMarked
package io.pgdoorman.e2e.oauth;

import org.jspecify.annotations.NullMarked;
