/// Netty plumbing: transport choice, event loops, listeners, lines, names and addresses, socket options.
@NullMarked
package io.pgdoorman.pooler.net;

import org.jspecify.annotations.NullMarked;
