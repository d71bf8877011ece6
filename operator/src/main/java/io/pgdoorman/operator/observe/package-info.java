/// `observe`: everything about a pool is read once into an immutable observation.
@NullMarked
package io.pgdoorman.operator.observe;

import org.jspecify.annotations.NullMarked;
