/// The operator: DoormanPool manifests become running poolers.
@NullMarked
package io.pgdoorman.operator;

import org.jspecify.annotations.NullMarked;
