/// Cancel keys given to clients, and the way from such a key to the server that works for it.
@NullMarked
package io.pgdoorman.pooler.cancel;

import org.jspecify.annotations.NullMarked;
