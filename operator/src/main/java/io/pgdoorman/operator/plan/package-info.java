/// `plan`: from spec, last good configuration, observation and time to the next steps; pure.
@NullMarked
package io.pgdoorman.operator.plan;

import org.jspecify.annotations.NullMarked;
