/// A real Patroni cluster and a pooler beside one of its nodes.
@NullMarked
package io.pgdoorman.e2e.patroni;

import org.jspecify.annotations.NullMarked;
