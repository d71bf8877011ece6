package io.pgdoorman.pooler.script;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Plays one script to PostgreSQL and to the pooler, and demands equal replies, byte for byte.
///
/// What may differ is in [Normalisation].
public final class ToBoth {
    private static final Reply END = new Reply('!', "nothing more");

    private final Door postgres;
    private final Door pooler;

    /// Both doors lead to the same server.
    public ToBoth(Door postgres, Door pooler) {
        this.postgres = postgres;
        this.pooler = pooler;
    }

    /// Plays a script with one client that is logged in; gives the replies.
    public List<Reply> plays(Consumer<WireClient> script) {
        return playsOnStage(stage -> script.accept(stage.login())).getFirst();
    }

    /// As [#plays(Consumer)], with each byte in a packet of its own, login included.
    public List<Reply> playsByteByByte(Consumer<WireClient> script) {
        return playsOnStage(stage -> {
                    var client = stage.connect().byteByByte();
                    client.loggedIn(Door.Role.APP.user(), Door.Role.APP.password(), Door.DATABASE, Map.of());
                    script.accept(client);
                })
                .getFirst();
    }

    /// Plays a script that opens its own clients; gives the replies to each.
    public List<List<Reply>> playsOnStage(Consumer<Stage> script) {
        var expected = new Stage(postgres).play(script);
        var actual = new Stage(pooler).play(script);
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            same(i, expected.get(i), actual.get(i));
        }
        return actual;
    }

    /// Fails at the first difference: whole transcripts are too long to be read.
    private static void same(int client, List<Reply> expected, List<Reply> actual) {
        for (int i = 0; i < Math.max(expected.size(), actual.size()); i++) {
            var wanted = i < expected.size() ? expected.get(i) : END;
            var got = i < actual.size() ? actual.get(i) : END;
            assertThat(got)
                    .as(
                            "reply %d to client %d, in %s",
                            i, client, actual.subList(Math.max(0, i - 4), Math.min(i + 2, actual.size())))
                    .isEqualTo(wanted);
        }
    }

    /// One performance: the clients of a script, closed when it ends.
    public static final class Stage {
        private final Door door;
        private final List<WireClient> clients = new ArrayList<>();

        private Stage(Door door) {
            this.door = door;
        }

        /// A client that sent nothing yet.
        public WireClient connect() {
            var client = door.connect();
            clients.add(client);
            return client;
        }

        /// A client that is logged in as [Door.Role#APP].
        public WireClient login() {
            return login(Door.Role.APP, Map.of());
        }

        /// A client that is logged in.
        public WireClient login(Door.Role role, Map<String, String> parameters) {
            return connect().loggedIn(role.user(), role.password(), Door.DATABASE, parameters);
        }

        private List<List<Reply>> play(Consumer<Stage> script) {
            try {
                script.accept(this);
                return clients.stream()
                        .map(client -> new Normalisation().of(client.transcript()))
                        .toList();
            } finally {
                clients.forEach(WireClient::close);
            }
        }
    }
}
