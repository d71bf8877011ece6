/// Prepared statements as data: client names, interning, the LRU of each server.
@NullMarked
package io.pgdoorman.pooler.prepare;

import org.jspecify.annotations.NullMarked;
