/// The single-machine edge: manifests from a folder, poolers as processes on 127.0.0.x, status in the terminal.
@NullMarked
package io.pgdoorman.operator.local;

import org.jspecify.annotations.NullMarked;
