/// Certificates and keys as files, the TLS contexts made of them, and what a finished handshake proved.
@NullMarked
package io.pgdoorman.pooler.tls;

import org.jspecify.annotations.NullMarked;
