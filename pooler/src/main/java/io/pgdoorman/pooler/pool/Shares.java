package io.pgdoorman.pooler.pool;

import io.pgdoorman.pooler.pool.Coordinator.Member;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Who of a database's users gets the next server and who gives one, as things stood a moment ago; used by one
/// thread.
final class Shares {
    private final CapSettings settings;
    private final Map<Member, Tenant.Standing> standings;
    private final Set<Member> asking;

    /// @param asking those who wait for a permit
    Shares(CapSettings settings, Map<Member, Tenant.Standing> standings, Set<Member> asking) {
        this.settings = settings;
        this.standings = standings;
        this.asking = asking;
    }

    List<Member> members() {
        return List.copyOf(standings.keySet());
    }

    /// Who gets a permit first: who has less than what it is guaranteed, then who has less than its share, then
    /// who has more clients waiting.
    int compare(Member one, Member other) {
        return Comparator.comparing((Member member) -> servers(member) >= keep(member))
                .thenComparing(member -> !hasLessThanItsShare(member))
                .thenComparingInt(member -> -standing(member).waiting())
                .compare(one, other);
    }

    boolean hasLessThanItsShare(Member member) {
        return servers(member) < share();
    }

    /// What each of those who have or want servers would have if all had the same.
    private int share() {
        long demanding = standings.keySet().stream()
                .filter(member -> servers(member) > 0 || asking.contains(member))
                .count();
        return Math.max(1, (int) (settings.max() / Math.max(1, demanding)));
    }

    /// Servers of this user that are not taken.
    int keep(Member member) {
        return Math.max(standing(member).minSize(), settings.guaranteed());
    }

    /// Who may give an idle server, first those whose leases take longest: they feel a new connect least.
    List<Member> givers(@Nullable Member receiver) {
        return standings.keySet().stream()
                .filter(member -> member != receiver && spare(member) > 0)
                .sorted(Comparator.comparingLong(
                                (Member member) -> -standing(member).leaseP95Nanos())
                        .thenComparingInt(member -> -spare(member)))
                .toList();
    }

    /// Who may give a server that is busy now, first who has most; never so many that it had less than the
    /// receiver. When there are more users than servers, one server goes from user to user.
    List<Member> debtors(@Nullable Member receiver) {
        int bound = receiver == null ? 0 : servers(receiver) == 0 ? 0 : Math.max(share(), servers(receiver) + 1);
        return standings.keySet().stream()
                .filter(member -> member != receiver && spare(member) > 0 && servers(member) > bound)
                .sorted(Comparator.comparingInt(member -> -servers(member)))
                .toList();
    }

    void gave(Member member) {
        standings.put(member, standing(member).gave(1));
    }

    /// The same without what users are guaranteed: a lowered cap comes first.
    Shares withoutProtection() {
        var bare = new CapSettings(settings.max(), settings.reserve(), settings.reserveTimeout(), settings.minAge(), 0);
        var unprotected = new LinkedHashMap<Member, Tenant.Standing>();
        standings.forEach((member, standing) -> unprotected.put(
                member,
                new Tenant.Standing(
                        standing.servers(), standing.owed(), 0, standing.waiting(), standing.leaseP95Nanos())));
        return new Shares(bare, unprotected, asking);
    }

    private int spare(Member member) {
        return servers(member) - keep(member);
    }

    private int servers(Member member) {
        var standing = standing(member);
        return standing.servers() - standing.owed();
    }

    private Tenant.Standing standing(Member member) {
        var standing = standings.get(member);
        return standing == null ? new Tenant.Standing(0, 0, 0, 0, 0) : standing;
    }
}
