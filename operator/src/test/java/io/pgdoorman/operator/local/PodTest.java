package io.pgdoorman.operator.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.operator.podlink.PodLink;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PodTest {

    @TempDir
    Path folder;

    private final FakePoolers poolers = new FakePoolers();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private Pod pod;
    private String name;

    @BeforeEach
    void start() throws Exception {
        name = String.valueOf(folder.getFileName());
        Files.writeString(folder.resolve("meta.json"), "{\"hash\": \"h1\"}");
        Files.writeString(folder.resolve("pgdoorman.yaml"), "host: 127.0.0.2\n");
        var place = new Pod.Place("shop-1", "127.0.0.2", folder, new Fleet.Template("r", "b", 6432, 9127));
        var address = new PodLink.Address("127.0.0.2", 9127, "admin", "secret");
        pod = new Pod(place, poolers, new Pod.Control(poolers, address), now);
        pod.start(now);
    }

    @Test
    void pausesBetweenStartsBecomeLonger() throws Exception {
        // given
        var pauses = new ArrayList<Integer>();

        // when
        for (var crash = 0; crash < 7; crash++) {
            poolers.named(name).crash();
            pod.observe(null, now);
            pauses.add(secondsUntilStarted());
        }

        // then
        assertThat(pauses).containsExactly(1, 2, 4, 8, 16, 30, 30);
    }

    @Test
    void longRunEndsTheLongPauses() throws Exception {
        // given
        poolers.named(name).crash();
        pod.observe(null, now);
        secondsUntilStarted();

        // when
        now = now.plus(Duration.ofMinutes(2));
        poolers.named(name).crash();
        pod.observe(null, now);

        // then
        assertThat(secondsUntilStarted()).isEqualTo(1);
    }

    @Test
    void readyPodThatSaysOtherwiseIsNotReady() throws Exception {
        // given
        pod.observe(pod.ask(), now);
        var before = pod.phase();

        // when
        poolers.named(name).draining = true;
        var news = pod.observe(pod.ask(), now);

        // then
        assertThat(before).isEqualTo(FleetPlan.Phase.READY);
        assertThat(news).isEqualTo("not ready");
        assertThat(pod.view().isReady()).isFalse();
    }

    private int secondsUntilStarted() throws Exception {
        var seconds = 0;
        while (pod.phase() == FleetPlan.Phase.BACK_OFF) {
            now = now.plusSeconds(1);
            seconds++;
            pod.observe(null, now);
        }
        return seconds;
    }
}
