/// `api.v1alpha1`: records of the resources, their rules and the change class of each field.
@NullMarked
package io.pgdoorman.operator.api.v1alpha1;

import org.jspecify.annotations.NullMarked;
