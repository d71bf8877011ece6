/// `status`: from observation and plan to the status that people and tools read; pure.
@NullMarked
package io.pgdoorman.operator.status;

import org.jspecify.annotations.NullMarked;
