/// `reconcile`: the Kubernetes edge; looks, plans, acts and tells, each time anew.
@NullMarked
package io.pgdoorman.operator.reconcile;

import org.jspecify.annotations.NullMarked;
