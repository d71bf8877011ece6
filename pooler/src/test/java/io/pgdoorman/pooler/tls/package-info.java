@NullMarked
package io.pgdoorman.pooler.tls;

import org.jspecify.annotations.NullMarked;
