/// From a file to a checked configuration with its canonical form and hash, or to all its faults.
@NullMarked
package io.pgdoorman.config.read;

import org.jspecify.annotations.NullMarked;
