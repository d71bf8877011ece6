/// Main, composition root, signals, shutdown order; the only room that may see all.
@NullMarked
package io.pgdoorman.pooler.app;

import org.jspecify.annotations.NullMarked;
