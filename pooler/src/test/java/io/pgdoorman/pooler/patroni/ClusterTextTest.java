package io.pgdoorman.pooler.patroni;

import static io.pgdoorman.pooler.script.PatroniApi.cluster;
import static io.pgdoorman.pooler.script.PatroniApi.member;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClusterTextTest {
    private static Cluster parse(String text) throws PatroniException {
        return ClusterText.parse(text.getBytes(StandardCharsets.UTF_8));
    }

    private static Cluster one(String keys) throws PatroniException {
        return parse(cluster("{\"name\": \"pg1\", " + keys + "}"));
    }

    /// Also checks that the state `streaming` counts, and keys that nobody knows do not.
    @Test
    void readsMembersAsPatroniWritesThem() throws PatroniException {
        // given
        var text = """
            {"members": [
              {"name": "pg1", "role": "leader", "state": "running", "api_url": "http://10.0.0.1:8008/patroni",
               "host": "10.0.0.1", "port": 5432, "timeline": 5},
              {"name": "pg2", "role": "sync_standby", "state": "streaming", "host": "pg2.db.local", "port": 5433,
               "timeline": 5, "lag": 0, "receive_lag": 0, "tags": {"clonefrom": true}},
              {"name": "pg3", "role": "quorum_standby", "state": "streaming", "host": "fd00::3", "port": 5432},
              {"name": "pg4", "role": "replica", "state": "running", "host": "pg4", "port": 5432}
             ], "scope": "batman", "pause": true}\
            """;

        // when
        var cluster = parse(text);

        // then
        assertThat(cluster.members())
                .extracting(Member::toString)
                .containsExactly(
                        "pg1 (10.0.0.1:5432, leader)",
                        "pg2 (pg2.db.local:5433, sync_standby)",
                        "pg3 ([fd00::3]:5432, sync_standby)",
                        "pg4 (pg4:5432, replica)");
        assertThat(cluster.leftOut()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "\"unknown\"", "-1", "1e300", "null", "{}", "[1]", "99999999999999999999999"})
    void noLagSpoilsAMember(String lag) throws PatroniException {
        // when
        var cluster = parse(cluster(member("pg1", "replica", 5432, "\"lag\": " + lag)));

        // then
        assertThat(cluster.members()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({
        "noloadbalance, true",
        "noloadbalance, '\"true\"'",
        "nofailover, true",
        "archive, '\"True\"'",
        "nofailover, 1"
    })
    void standbysThatAreTaggedAreLeftOut(String tag, String value) throws PatroniException {
        // when
        var tags = "\"tags\": {\"" + tag + "\": " + value + "}";
        var cluster = parse(cluster(member("pg1", "replica", 5432, tags)));

        // then
        assertThat(cluster.members()).isEmpty();
        assertThat(cluster.leftOut()).containsExactly("pg1 (it is tagged " + tag + ")");
    }

    @ParameterizedTest
    @ValueSource(strings = {"false", "\"false\"", "0", "null", "\"\"", "{}"})
    void tagsThatSayNoAreNone(String value) throws PatroniException {
        // when
        var cluster = parse(cluster(member("pg1", "replica", 5432, "\"tags\": {\"nofailover\": " + value + "}")));

        // then
        assertThat(cluster.members()).hasSize(1);
    }

    /// It is the primary, whatever it was meant to be.
    @Test
    void tagsDoNotHideTheLeader() throws PatroniException {
        // when
        var cluster = parse(cluster(member("pg1", "leader", 5432, "\"tags\": {\"nofailover\": true}")));

        // then
        assertThat(cluster.members()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'\"state\": \"stopped\"' | its state is stopped",
                "'\"role\": \"leader\"' | its state is absent",
                "'\"state\": \"running\"' | its host is absent: expected a name or an address",
                "'\"state\": \"running\", \"host\": 7' | its host is 7: expected a name or an address",
                "'\"state\": \"running\", \"host\": \"/run/postgresql\"' | its host is /run/postgresql: expected a name"
                        + " or an address",
                "'\"state\": \"running\", \"host\": \"a b\"' | its host is a b: expected a name or an address",
                "'\"state\": \"running\", \"host\": \"pg1\"' | its port is absent: expected a number from 1 to 65535",
                "'\"state\": \"running\", \"host\": \"pg1\", \"port\": \"5432\"' | its port is 5432: expected a number"
                        + " from 1 to 65535",
                "'\"state\": \"running\", \"host\": \"pg1\", \"port\": 65536' | its port is 65536: expected a number"
                        + " from 1 to 65535"
            })
    void whatCannotBeUsedIsLeftOutWithTheReason(String keys, String reason) throws PatroniException {
        // when
        var cluster = one(keys);

        // then
        assertThat(cluster.members()).isEmpty();
        assertThat(cluster.leftOut()).containsExactly("pg1 (" + reason + ")");
    }

    @Test
    void aMemberThatCannotBeUnderstoodDoesNotSpoilTheOthers() throws PatroniException {
        // when
        var cluster = parse(cluster("17", "null", "\"pg\"", "{}", member("pg1", "replica", 5432)));

        // then
        assertThat(cluster.members()).extracting(Member::name).containsExactly("pg1");
        assertThat(cluster.leftOut()).hasSize(4);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | its answer is no cluster: expected an object with a list \"members\"",
                "'[]' | its answer is no cluster: expected an object with a list \"members\"",
                "'{\"members\": {}}' | its answer is no cluster: expected an object with a list \"members\"",
                "'{\"members\": []}' | its answer has no members: expected at least one",
            })
    void otherJsonIsNoAnswer(String text, String reason) {
        assertThatThrownBy(() -> parse(text))
                .isInstanceOf(PatroniException.class)
                .hasMessage(reason);
    }

    @ParameterizedTest
    @ValueSource(strings = {"<html>", "{\"members\": [", "{\"members\": []} x", "\u0000\u0001"})
    void garbageIsNoAnswer(String text) {
        assertThatThrownBy(() -> parse(text))
                .isInstanceOf(PatroniException.class)
                .hasMessageStartingWith("its answer is not JSON: ");
    }

    @Test
    void deepNestingIsNoAnswer() {
        // given
        var text = "{\"members\": " + "[".repeat(100_000);

        // then
        assertThatThrownBy(() -> parse(text)).isInstanceOf(PatroniException.class);
    }

    @Test
    void moreMembersThanAnyClusterHasAreNoAnswer() {
        // given
        var members = Collections.nCopies(33, member("pg", "replica", 5432)).toArray(String[]::new);

        // then
        assertThatThrownBy(() -> parse(cluster(members))).hasMessage("its answer has 33 members: expected at most 32");
    }

    /// A line of the log is one line, and not as long as somebody else wants.
    @Test
    void whatOthersWroteIsCutAndPlain() throws PatroniException {
        // given
        var name = "a\\n2026-11-30 ERROR " + "b".repeat(200);

        // when
        var cluster = parse(cluster("{\"name\": \"" + name + "\", \"state\": \"down\"}"));

        // then
        assertThat(cluster.leftOut())
                .allSatisfy(text -> assertThat(text)
                        .hasSizeLessThan(120)
                        .startsWith("a?2026")
                        .matches(line -> IntStream.range(0, line.length()).noneMatch(i -> line.charAt(i) < ' ')));
    }
}
