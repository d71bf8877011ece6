/// Every key of the file: name, type, default, change class, support and the sentence that describes it.
@NullMarked
package io.pgdoorman.config.catalogue;

import org.jspecify.annotations.NullMarked;
