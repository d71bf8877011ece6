/// Each way to log in, with each driver that can.
@NullMarked
package io.pgdoorman.e2e.methods;

import org.jspecify.annotations.NullMarked;
