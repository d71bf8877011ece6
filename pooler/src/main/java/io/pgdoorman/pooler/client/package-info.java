/// One client connection: startup, login, idle, waiting, linked, draining; it owns its side of the relay.
@NullMarked
package io.pgdoorman.pooler.client;

import org.jspecify.annotations.NullMarked;
