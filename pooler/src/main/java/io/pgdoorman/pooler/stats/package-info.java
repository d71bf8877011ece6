/// Counters, histograms and snapshots: rooms add to them on their event loops, `http` and `admin` read them; no
/// exposition format and no channel in here.
@NullMarked
package io.pgdoorman.pooler.stats;

import org.jspecify.annotations.NullMarked;
