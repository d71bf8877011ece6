/// The admin console: SHOW, RELOAD, PAUSE, RESUME, RECONNECT and SHUTDOWN as values in and out; one command per class,
/// no
/// wire format.
@NullMarked
package io.pgdoorman.pooler.admin;

import org.jspecify.annotations.NullMarked;
