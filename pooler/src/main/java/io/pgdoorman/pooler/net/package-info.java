/// Netty plumbing: transport choice, event loops, listeners, socket options.
@NullMarked
package io.pgdoorman.pooler.net;

import org.jspecify.annotations.NullMarked;
