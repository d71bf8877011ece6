/// What clients see: the pooler compared with PostgreSQL byte for byte, and what it must add or withhold.
@NullMarked
package io.pgdoorman.pooler.behaviour;

import org.jspecify.annotations.NullMarked;
