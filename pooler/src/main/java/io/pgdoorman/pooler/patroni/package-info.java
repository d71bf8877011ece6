/// Where a pool goes while its own server is away: Patroni is asked, and one of its members taken.
@NullMarked
package io.pgdoorman.pooler.patroni;

import org.jspecify.annotations.NullMarked;
