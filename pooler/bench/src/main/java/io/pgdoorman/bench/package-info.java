/// Measures the parts of the pooler that every transaction passes through.
@NullMarked
package io.pgdoorman.bench;

import org.jspecify.annotations.NullMarked;
