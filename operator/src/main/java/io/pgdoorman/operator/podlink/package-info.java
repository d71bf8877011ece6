/// `podlink`: client of a pooler's control endpoint, behind an interface.
@NullMarked
package io.pgdoorman.operator.podlink;

import org.jspecify.annotations.NullMarked;
