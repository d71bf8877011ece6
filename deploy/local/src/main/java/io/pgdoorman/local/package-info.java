/// The quickstart on one machine: embedded PostgreSQL and the operator's local edge.
@NullMarked
package io.pgdoorman.local;

import org.jspecify.annotations.NullMarked;
