/// What peers send before they have proven who they are: a kept corpus of visits, and mutations of it.
@NullMarked
package io.pgdoorman.pooler.door;

import org.jspecify.annotations.NullMarked;
