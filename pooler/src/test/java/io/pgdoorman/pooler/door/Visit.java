package io.pgdoorman.pooler.door;

import java.util.List;
import java.util.stream.Collectors;

/// All that one peer does, as a file of the corpus says it or bred from such.
///
/// @param ends how the pooler ends it, see [Peer#visits]; nothing is known of those that are bred
/// @param cut 0 for whole writes, else a seed of how they are cut
record Visit(String name, List<Deed> deeds, String ends, long cut) {
    /// Whom nothing is known of.
    static final String ANYHOW = "anyhow";

    Visit {
        deeds = List.copyOf(deeds);
    }

    boolean isBred() {
        return ends.equals(ANYHOW);
    }

    /// Whether it wants something when it is in.
    boolean asks() {
        return deeds.stream().anyMatch(deed -> deed.verb() == Deed.Verb.HEAR_READY);
    }

    @Override
    public String toString() {
        return "visit " + name + (cut == 0 ? "" : ", cut " + cut) + ":\n"
                + deeds.stream().map(deed -> "  " + deed + "\n").collect(Collectors.joining());
    }
}
