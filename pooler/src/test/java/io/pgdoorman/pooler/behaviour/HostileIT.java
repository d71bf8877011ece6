package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.script.Message.raw;
import static io.pgdoorman.pooler.script.Message.startup;
import static io.pgdoorman.pooler.script.Message.tagged;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.WireClient;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/// Bytes of peers that never log in: nothing they send may stop, hang or fatten the pooler.
class HostileIT {
    private static final PoolerFixture POOLER = PoolerFixture.wish().start();
    private static final Door DOOR = POOLER.door();

    @AfterAll
    static void stops() {
        POOLER.close();
    }

    @Test
    void brokenStartupsLeaveThePoolerServing() {
        // given
        var random = new Random(3107);
        List<byte[]> seeds = new ArrayList<>();
        for (var broken : BrokenStartup.values()) {
            seeds.add(broken.bytes());
        }
        seeds.add("\0\0\0\45\0\3\0\0user\0app\0database\0shop\0\0".getBytes(ISO_8859_1));
        seeds.add("\0\0\0\10\4\u00d2\26\57".getBytes(ISO_8859_1));
        seeds.add("\0\0\0\10\4\u00d2\26\60".getBytes(ISO_8859_1));

        // when
        for (int i = 0; i < 3000; i++) {
            byte[] seed = seeds.get(i % seeds.size());
            byte[] bytes = i < seeds.size() ? seed : mutated(seed, random);
            try (var client = DOOR.connect()) {
                client.sendsIfOpen(raw(bytes));
                if (i % 3 == 0) {
                    client.halfCloses().receivesToEnd();
                }
            }
        }

        // then
        stillServes();
    }

    @Test
    void brokenLoginMessagesLeaveThePoolerServing() {
        // given
        var random = new Random(80877102);
        byte[][] seeds = {
            "SCRAM-SHA-256\0\0\0\0\16n,,n=,r=abcdef".getBytes(ISO_8859_1),
            "SCRAM-SHA-256-PLUS\0\0\0\0\16p,,n=,r=abcdef".getBytes(ISO_8859_1),
            "SCRAM-SHA-256\0\u00ff\u00ff\u00ff\u00ff".getBytes(ISO_8859_1),
            "secret\0".getBytes(ISO_8859_1),
            new byte[0],
            new byte[2000],
        };
        String[] users = {"app", "old", "nobody"};

        // when
        for (int i = 0; i < 1500; i++) {
            byte[] body = seeds[i % seeds.length];
            byte[] hostile = i < 18 ? body : mutated(body, random);
            try (var client = DOOR.connect()) {
                client.sends(startup(Map.of("user", users[i % 3], "database", Door.DATABASE)));
                client.receives();
                client.sendsIfOpen(tagged(i % 50 == 49 ? 'Q' : 'p', hostile), tagged('p', hostile));
                if (i % 3 == 0) {
                    client.halfCloses().receivesToEnd();
                }
            }
        }

        // then
        stillServes();
    }

    @Test
    void hugeLengthsBeforeLoginCostNoMemory() {
        // given
        List<WireClient> attackers = new ArrayList<>();
        long before = Memory.used();

        // when
        for (int i = 0; i < 200; i++) {
            var attacker = DOOR.connect();
            attacker.sends(startup(Map.of("user", "app", "database", Door.DATABASE)));
            attacker.receives();
            byte[] header = {'p', 0x7f, -1, -1, -1};
            attacker.sendsIfOpen(raw(header), raw(new byte[60_000]));
            attackers.add(attacker);
        }

        // then
        stillServes();
        assertThat(Memory.used() - before).isLessThan(64L << 20);
        attackers.forEach(WireClient::close);
    }

    @Test
    void silentPeersAreSentAwayAfterTheLoginTimeout() {
        // given
        try (var pooler = PoolerFixture.wish().start();
                var silent = pooler.door().connect();
                var half = pooler.door().connect()) {
            half.sends(raw(new byte[] {0, 0, 0}));

            // when then
            assertThat(silent.hearsNothingFor(50)).isTrue();
            assertThat(half.hearsNothingFor(50)).isTrue();
            assertThat(pooler.door().login().asksOne("select 1")).isEqualTo("1");
        }
    }

    @Test
    void oversizedMessageAfterLoginIsRefusedAsByPostgresql() {
        // given
        byte[] header = {'Q', 0x7f, -1, -1, -1, 's'};
        byte[] small = {'Q', 0, 0, 0, 3};
        byte[] longName = {'D', 0, 0, 0x27, 0x11, 'S'}; // 10001, and PostgreSQL takes 10000
        for (byte[] bytes : new byte[][] {header, small, longName}) {
            try (var client = DOOR.login()) {
                // when
                var replies = client.sendsIfOpen(raw(bytes)).halfCloses().receivesToEnd();

                // then
                assertThat(replies).allSatisfy(reply -> {
                    assertThat(reply.tag()).isEqualTo('E');
                    assertThat(reply.sqlState()).isEqualTo("08P01");
                });
            }
        }
        stillServes();
    }

    @Test
    void garbageAfterLoginEndsThatClientOnly() {
        // given
        var random = new Random(7);
        for (int i = 0; i < 300; i++) {
            byte[] garbage = new byte[1 + random.nextInt(300)];
            random.nextBytes(garbage);
            try (var client = DOOR.login()) {
                // when
                client.sendsIfOpen(raw(garbage)).halfCloses().receivesToEnd();
            }
        }

        // then
        stillServes();
    }

    private static void stillServes() {
        for (var role : Door.Role.values()) {
            try (var client = DOOR.login(role)) {
                assertThat(client.asksOne("select current_user")).isEqualTo(role.user());
                assertThat(client.asks("select 1").getLast().body()).isEqualTo("I");
            }
        }
    }

    private static byte[] mutated(byte[] seed, Random random) {
        byte[] bytes = seed.clone();
        for (int n = random.nextInt(4); n >= 0; n--) {
            int at = bytes.length == 0 ? 0 : random.nextInt(bytes.length);
            bytes = switch (random.nextInt(4)) {
                case 0 -> Arrays.copyOf(bytes, at);
                case 1 -> Arrays.copyOf(bytes, bytes.length + random.nextInt(200));
                default -> bytes;
            };
            if (at < bytes.length) {
                bytes[at] = (byte) random.nextInt();
            }
        }
        return bytes;
    }
}
