/// The operator with many pools, or with many pods: a real API server with its controllers, a real operator, and pods
/// that are only said to run.
@NullMarked
package io.pgdoorman.e2e.scale;

import org.jspecify.annotations.NullMarked;
