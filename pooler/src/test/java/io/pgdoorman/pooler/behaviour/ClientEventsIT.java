package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.script.Message.query;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.PoolerFixture;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The flight recorder tells a client's life.
class ClientEventsIT {

    @TempDir
    private Path folder;

    @Test
    void aRecordingTellsTheLifeOfAClient() throws Exception {
        // given
        try (var recording = new Recording();
                var pooler = PoolerFixture.wish()
                        .serverPasswords()
                        .user("jfr_witness", "secret")
                        .start()) {
            for (var name : List.of("ClientAccepted", "ClientLoggedIn", "ServerLent", "ServerReturned", "ClientLeft")) {
                recording.enable("io.pgdoorman." + name);
            }
            recording.start();

            // when
            assertThat(pooler.logsIn("jfr_witness", "secret")).isEqualTo(Door.Role.APP.user());

            // then
            Eventually.isTrue("a client that left", () -> {
                var events = events(recording);
                var entered = events.stream()
                        .filter(event ->
                                named(event, "ClientLoggedIn") && "jfr_witness".equals(event.getString("user")))
                        .toList();
                if (entered.isEmpty()) {
                    return false;
                }
                long client = entered.getFirst().getLong("client");
                return events.stream().anyMatch(event -> named(event, "ClientAccepted"))
                        && has(events, "ServerLent", client)
                        && has(events, "ServerReturned", client)
                        && has(events, "ClientLeft", client);
            });
        }
    }

    @Test
    void aServerIsReturnedByAClientThatVanishesToo() throws Exception {
        // given
        try (var recording = new Recording();
                var pooler = PoolerFixture.wish().start();
                var idle = pooler.door().login();
                var busy = pooler.door().login()) {
            recording.enable("io.pgdoorman.ServerLent");
            recording.enable("io.pgdoorman.ServerReturned");
            recording.start();
            var clients = pooler.console("show clients", "client_id").stream()
                    .map(id -> Long.parseLong(id.replace("#c", "")))
                    .toList();
            idle.asks("begin");
            busy.sends(query("select pg_sleep(60)"));
            Eventually.isTrue(
                    "both have servers",
                    () -> pooler.console("show clients", "state").stream()
                                    .filter("active"::equals)
                                    .count()
                            == 2);

            // when
            idle.vanishes();
            busy.vanishes();

            // then
            Eventually.isTrue("both gave them back, one in the middle of a query", () -> {
                var ends = events(recording).stream()
                        .filter(event -> named(event, "ServerReturned") && clients.contains(event.getLong("client")))
                        .map(event -> event.getBoolean("ends"))
                        .sorted()
                        .toList();
                return ends.equals(List.of(false, true));
            });
        }
    }

    private static boolean named(RecordedEvent event, String name) {
        return event.getEventType().getName().equals("io.pgdoorman." + name);
    }

    private static boolean has(List<RecordedEvent> events, String name, long client) {
        return events.stream().anyMatch(event -> named(event, name) && event.getLong("client") == client);
    }

    private List<RecordedEvent> events(Recording recording) throws Exception {
        var file = Files.createTempFile(folder, "life", ".jfr");
        recording.dump(file);
        return RecordingFile.readAllEvents(file);
    }
}
