/// Upgrade in place: a new process takes over the listening sockets and the clients of the one that runs.
@NullMarked
package io.pgdoorman.pooler.upgrade;

import org.jspecify.annotations.NullMarked;
