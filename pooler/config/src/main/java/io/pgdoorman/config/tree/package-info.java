/// The file as it is written: nodes that know their file, path and line.
@NullMarked
package io.pgdoorman.config.tree;

import org.jspecify.annotations.NullMarked;
