/// The drivers of `e2e/drivers`, in their own languages, against PostgreSQL itself and through the pooler.
@NullMarked
package io.pgdoorman.e2e.drivers;

import org.jspecify.annotations.NullMarked;
