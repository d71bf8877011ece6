package io.pgdoorman.pooler.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgdoorman.pooler.reload.InvalidConfigException;
import io.pgdoorman.pooler.reload.ReloadOutcome;
import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A pooler that starts with a faulty file starts with the last good one beside it.
class LastGoodIT {

    @TempDir
    private Path folder;

    private Path write(String name, String general) throws IOException {
        return Files.writeString(folder.resolve(name), """
            general:
              host: 127.0.0.1
              port: 0
              admin_username: admin
              admin_password: secret
              pg_hba: {content: "host all all 127.0.0.1/32 trust"}
              %s
            pools:
              %s:
                server_host: 127.0.0.1
                server_port: %d
                users:
                  - {username: app, password: "", pool_size: 2, server_username: app, server_password: %s}
            """.formatted(
                        general, Door.DATABASE, EmbeddedPg.shared().door().port(), Door.Role.APP.password()));
    }

    private static String asks(Pooler pooler, String sql) {
        try (var client = new Door("pooler", "127.0.0.1", pooler.port()).connect()) {
            client.sends(Message.startup(Map.of("user", "app", "database", Door.DATABASE)))
                    .receivesReady();
            return client.asksOne(sql);
        }
    }

    @Test
    void startsWithItAndTakesTheFileOnceThatIsGood() throws IOException {
        // given
        var file = write("pooler.yaml", "pool_size_typo: 3");
        write("last-good.yaml", "startup_parameters: {application_name: last_good}");

        // when
        try (var pooler = Pooler.start(file)) {
            // then
            assertThat(asks(pooler, "show application_name")).isEqualTo("last_good");
            assertThat(pooler.reload(null, null)).isInstanceOf(ReloadOutcome.Rejected.class);
            assertThat(asks(pooler, "show application_name")).isEqualTo("last_good");
            write("pooler.yaml", "startup_parameters: {application_name: repaired}");
            assertThat(pooler.reload(null, null)).isInstanceOf(ReloadOutcome.Applied.class);
            assertThat(asks(pooler, "show application_name")).isEqualTo("repaired");
        }
    }

    @Test
    void refusesToStartWhenThatIsFaultyToo() throws IOException {
        // given
        var file = write("pooler.yaml", "pool_size_typo: 3");
        write("last-good.yaml", "another_typo: 4");

        // when then
        assertThatThrownBy(() -> Pooler.start(file).close())
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("pool_size_typo");
    }
}
