/// `api.v1alpha1`: records of the DoormanPool resource, its rules and the change class of each field.
@NullMarked
package io.pgdoorman.operator.api.v1alpha1;

import org.jspecify.annotations.NullMarked;
