/// `child`: the objects that make up a pool in a cluster, one file per kind; pure functions.
@NullMarked
package io.pgdoorman.operator.child;

import org.jspecify.annotations.NullMarked;
