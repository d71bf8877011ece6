/// JSON Web Tokens: keys and their rotation, and what a token proves about its bearer.
@NullMarked
package io.pgdoorman.pooler.token;

import org.jspecify.annotations.NullMarked;
