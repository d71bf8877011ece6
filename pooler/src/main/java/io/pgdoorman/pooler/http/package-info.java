/// The control and metrics server: metrics, probes, and the admin endpoint that acknowledges a loaded hash and drains.
@NullMarked
package io.pgdoorman.pooler.http;

import org.jspecify.annotations.NullMarked;
