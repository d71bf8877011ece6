package io.pgdoorman.pooler.behaviour;

import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Reply;
import io.pgdoorman.pooler.script.WireClient;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;

/// Ways to a pooler's console.
final class Consoles {
    private Consoles() {}

    static String tags(List<Reply> replies) {
        return replies.stream().map(reply -> String.valueOf(reply.tag())).collect(Collectors.joining());
    }

    static WireClient consoleOf(PoolerFixture pooler) {
        return pooler.door()
                .connect()
                .loggedIn(PoolerFixture.ADMIN, PoolerFixture.ADMIN_PASSWORD, "pgdoorman", Map.of());
    }

    static Connection jdbc(PoolerFixture pooler) throws SQLException {
        var login = new Properties();
        login.setProperty("user", PoolerFixture.ADMIN);
        login.setProperty("password", PoolerFixture.ADMIN_PASSWORD);
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + pooler.door().port() + "/pgbouncer", login);
    }
}
