package io.pgdoorman.pooler.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgdoorman.pooler.http.ControlState.Trouble;
import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.stats.ServerTrouble.Kind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The state of the process tells which databases' servers give no connection, and why.
class ServerTroubleIT {

    private static final int NOBODY_LISTENS = 1;

    @TempDir
    private Path folder;

    private Path write(String password) throws Exception {
        return Files.writeString(folder.resolve("pooler.yaml"), """
            general: {host: 127.0.0.1, port: 0, admin_password: secret}
            pools:
              away: {server_host: 127.0.0.1, server_port: %1$d, server_database: %3$s, users: [&user
                {username: app, password: pw, pool_size: 1, server_username: app, server_password: "%4$s"}]}
              clear: {server_host: 127.0.0.1, server_port: %2$d, server_database: %3$s, users: [*user],
                server_tls_mode: require}
              closed: {server_host: 127.0.0.1, server_port: %2$d, server_database: %3$s, users: [
                {username: app, password: pw, pool_size: 1, server_username: app, server_password: "%5$s"}]}
              open: {server_host: 127.0.0.1, server_port: %2$d, server_database: %3$s, users: [*user]}
            """.formatted(
                NOBODY_LISTENS, EmbeddedPg.shared().door().port(), Door.DATABASE, Door.Role.APP.password(), password));
    }

    @Test
    void isToldByDatabaseUntilAConnectSucceeds() throws Exception {
        // given
        try (var pooler = Pooler.start(write("wrong"))) {
            ask(pooler, "open");
            for (var database : List.of("away", "clear", "closed")) {
                assertThatThrownBy(() -> ask(pooler, database)).isInstanceOf(SQLException.class);
            }

            // when
            var troubles = new Controls(pooler).state().troubles();
            write(Door.Role.APP.password());
            pooler.reload(null, null);
            ask(pooler, "closed");
            var later = new Controls(pooler).state().troubles();

            // then
            assertThat(troubles)
                    .extracting(trouble -> trouble.database() + " " + trouble.kind())
                    .containsExactly("away " + Kind.UNREACHABLE, "clear " + Kind.TLS, "closed " + Kind.LOGIN);
            assertThat(troubles.getFirst().reason()).contains("127.0.0.1:1", "connection refused");
            assertThat(later).extracting(Trouble::database).containsExactly("away", "clear");
        }
    }

    private static void ask(Pooler pooler, String database) throws SQLException {
        var url = "jdbc:postgresql://127.0.0.1:" + pooler.port() + "/" + database + "?sslmode=disable";
        try (var connection = DriverManager.getConnection(url, "app", "pw");
                var statement = connection.createStatement()) {
            statement.execute("select 1");
        }
    }
}
