package io.pgdoorman.operator.status;

import static io.pgdoorman.operator.status.StatusStage.condition;
import static io.pgdoorman.operator.status.StatusStage.look;
import static io.pgdoorman.operator.status.StatusStage.settled;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.operator.plan.Scene;
import io.pgdoorman.operator.podlink.PodLink;
import io.pgdoorman.operator.podlink.PodLink.Load;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What pods say of their servers.
class ServersSeenTest {
    private static PodLink.State lacking(Scene scene, PodLink.Trouble... troubles) {
        return new PodLink.State(
                "1", "ready", scene.hash(), 1, null, Load.NONE, List.of(troubles), Set.of(), Map.of(), null);
    }

    @Test
    void serversThatPodsGetNoConnectionFromAreNamedWithAPodThatSaysSo() {
        // given
        var scene = settled();
        var refused = new PodLink.Trouble("shop", "login", "server db:5432 says: wrong password");
        scene.pod("a", scene.hash(), lacking(scene, refused)).pod("b", scene.hash(), lacking(scene, refused));

        // when
        var status = look(scene);

        // then
        var condition = condition(status, "ServersReachable");
        assertThat(condition.status()).isEqualTo("False");
        assertThat(condition.reason()).isEqualTo("AuthFailed");
        assertThat(condition.message()).isEqualTo("pod a, database shop: server db:5432 says: wrong password");
        assertThat(condition(status, "Ready").isTrue())
                .as("the pods do what they are asked to")
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource({"login, AuthFailed", "tls, TlsFailed", "unreachable, Refused", "word of a newer pooler, Refused"})
    void theReasonTellsWhatIsWrongWithAServer(String kind, String reason) {
        // given
        var scene = settled();
        scene.pod("b", scene.hash(), lacking(scene, new PodLink.Trouble("shop", kind, "it")));

        // when
        var status = look(scene);

        // then
        assertThat(condition(status, "ServersReachable").reason()).isEqualTo(reason);
    }

    @Test
    void serversAreReachableWhenNoPodLacksConnectionsAndUnknownWhenNoneSays() {
        // given
        var silent = settled();
        var well = settled();
        well.pod("a", well.hash(), lacking(well)).pod("b", well.hash(), lacking(well));

        // when
        var told = condition(look(well), "ServersReachable");
        var untold = Conditions.find(look(silent).conditions(), "ServersReachable");

        // then
        assertThat(told.isTrue()).isTrue();
        assertThat(untold).isEmpty();
    }

    @Test
    void anEventTellsWhenServersAreLostAndWhenTheyAreBack() {
        // given
        var scene = settled();
        scene.pod("a", scene.hash(), lacking(scene));
        var before = look(scene);
        scene.pod("a", scene.hash(), lacking(scene, new PodLink.Trouble("shop", "unreachable", "connection refused")));
        var lost = look(scene);

        // when
        var events = Stream.of(
                        Transitions.between(before, lost),
                        Transitions.between(lost, lost),
                        Transitions.between(lost, before))
                .flatMap(List::stream)
                .map(Happening::reason)
                .toList();

        // then
        assertThat(events).containsExactly("ServerUnreachable", "ServersReachable");
    }
}
