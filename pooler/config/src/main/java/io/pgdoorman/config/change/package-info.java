/// What differs between two configurations and how each difference is applied.
@NullMarked
package io.pgdoorman.config.change;

import org.jspecify.annotations.NullMarked;
