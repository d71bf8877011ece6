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

    /// The pool's own hosts.
    ///
    /// @param wasTried whether they have failed just now
    record Home(List<ServerSettings.Address> addresses, boolean wasTried) {
        private List<Member> members() {
            return addresses.stream().map(Member::home).toList();
        }
    }

    /// Standbys that have all that was committed, then the others; the leader among the first where only a primary
    /// will do. Those that failed lately come last, when there is nobody else.
    ///
    /// @param home races the first as well: one that was down for a moment may be there again
    static List<List<Member>> of(List<Member> members, Home home, WantedRole wanted, Predicate<Member> rests) {
        boolean needsPrimary = wanted == WantedRole.PRIMARY || wanted == WantedRole.READ_WRITE;
        var first = new ArrayList<Member>();
        var second = new ArrayList<Member>();
        var last = new ArrayList<Member>();
        if (!home.wasTried()) {
            home.members().forEach(member -> (rests.test(member) ? last : first).add(member));
        }
        for (var member : members) {
            if (home.addresses().contains(member.address())) {
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
