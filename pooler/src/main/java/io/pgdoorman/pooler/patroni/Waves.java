package io.pgdoorman.pooler.patroni;

import io.pgdoorman.pooler.server.ServerSettings;
import io.pgdoorman.pooler.server.WantedRole;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// Who is tried first: members of one wave race each other, and the next wave starts when all of one have failed.
final class Waves {
    private Waves() {}

    /// Standbys that have all that was committed, then the others; the leader among the first where only a primary
    /// will do. Those that failed lately come last, when there is nobody else.
    ///
    /// @param home hosts that have failed just now
    static List<List<Member>> of(
            List<Member> members, List<ServerSettings.Address> home, WantedRole wanted, Predicate<Member> rests) {
        boolean needsPrimary = wanted == WantedRole.PRIMARY || wanted == WantedRole.READ_WRITE;
        var first = new ArrayList<Member>();
        var second = new ArrayList<Member>();
        var last = new ArrayList<Member>();
        for (var member : members) {
            if (home.contains(member.address())) {
                continue;
            }
            boolean leads =
                    member.role() == Member.Role.SYNC_STANDBY || (needsPrimary && member.role() == Member.Role.LEADER);
            (rests.test(member) ? last : leads ? first : second).add(member);
        }
        return Stream.of(first, second, last)
                .filter(wave -> !wave.isEmpty())
                .map(List::copyOf)
                .toList();
    }
}
