/// What monitoring tools ask the admin console.
@NullMarked
package io.pgdoorman.e2e.tools;

import org.jspecify.annotations.NullMarked;
