/// `app`: `main` of the operator, its settings, leader election, health and metrics.
@NullMarked
package io.pgdoorman.operator.app;

import org.jspecify.annotations.NullMarked;
