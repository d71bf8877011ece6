package io.pgdoorman.pooler.patroni;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.server.ServerSettings;
import io.pgdoorman.pooler.server.WantedRole;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WavesTest {
    private static final Member LEADER = member("leader", 1, Member.Role.LEADER);
    private static final Member SYNC = member("sync", 2, Member.Role.SYNC_STANDBY);
    private static final Member OTHER_SYNC = member("other-sync", 3, Member.Role.SYNC_STANDBY);
    private static final Member REPLICA = member("replica", 4, Member.Role.REPLICA);
    private static final List<Member> ALL = List.of(LEADER, SYNC, REPLICA, OTHER_SYNC);

    private static Member member(String name, int port, Member.Role role) {
        return new Member(name, new ServerSettings.Address("10.0.0.1", port), role);
    }

    private static List<List<Member>> waves(List<Member> members, WantedRole wanted, Member... resting) {
        return Waves.of(members, new Waves.Home(List.of(), true), wanted, Set.of(resting)::contains);
    }

    @Test
    void synchronousStandbysRaceFirst() {
        assertThat(waves(ALL, WantedRole.ANY)).containsExactly(List.of(SYNC, OTHER_SYNC), List.of(LEADER, REPLICA));
    }

    @ParameterizedTest
    @EnumSource(names = {"PRIMARY", "READ_WRITE"})
    void whereAPrimaryIsNeededTheLeaderRacesThem(WantedRole wanted) {
        assertThat(waves(ALL, wanted)).containsExactly(List.of(LEADER, SYNC, OTHER_SYNC), List.of(REPLICA));
    }

    @Test
    void withoutSynchronousStandbysTheFirstWaveIsTheOthers() {
        assertThat(waves(List.of(LEADER, REPLICA), WantedRole.ANY)).containsExactly(List.of(LEADER, REPLICA));
    }

    @Test
    void membersThatFailedLatelyComeWhenNobodyElseIsLeft() {
        assertThat(waves(ALL, WantedRole.ANY, SYNC, LEADER))
                .containsExactly(List.of(OTHER_SYNC), List.of(REPLICA), List.of(LEADER, SYNC));
    }

    @Test
    void homeIsNotTriedAgain() {
        // when
        var waves = Waves.of(
                ALL, new Waves.Home(List.of(SYNC.address(), LEADER.address()), true), WantedRole.ANY, _ -> false);

        // then
        assertThat(waves).containsExactly(List.of(OTHER_SYNC), List.of(REPLICA));
    }

    @Test
    void homeRacesTheFirstWhereItWasNotTriedJustNow() {
        // given
        var home = new Waves.Home(List.of(LEADER.address()), false);

        // when
        var waves = Waves.of(ALL, home, WantedRole.ANY, _ -> false);
        var silent = Waves.of(ALL, home, WantedRole.ANY, member -> member.name().equals("home"));

        // then
        var own = Member.home(LEADER.address());
        assertThat(waves).containsExactly(List.of(own, SYNC, OTHER_SYNC), List.of(REPLICA));
        assertThat(silent).containsExactly(List.of(SYNC, OTHER_SYNC), List.of(REPLICA), List.of(own));
    }

    @Test
    void aClusterOfOneHasNoWaves() {
        assertThat(Waves.of(
                        List.of(LEADER), new Waves.Home(List.of(LEADER.address()), true), WantedRole.ANY, _ -> false))
                .isEmpty();
    }
}
