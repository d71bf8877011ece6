package io.pgdoorman.pooler.patroni;

import java.util.List;

/// What Patroni says of its members.
///
/// @param members that may be used
/// @param leftOut the others, each with the reason
record Cluster(List<Member> members, List<String> leftOut) {
    Cluster {
        members = List.copyOf(members);
        leftOut = List.copyOf(leftOut);
    }
}
