package io.pgdoorman.pooler.radius;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgdoorman.pooler.auth.BlockingCheck;
import io.pgdoorman.pooler.auth.OutsideCheck.Accepted;
import io.pgdoorman.pooler.auth.OutsideCheck.Attempt;
import io.pgdoorman.pooler.auth.OutsideCheck.Finding;
import io.pgdoorman.pooler.auth.OutsideCheck.Refused;
import io.pgdoorman.pooler.auth.OutsideCheck.Unavailable;
import io.pgdoorman.pooler.script.DebianPg;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Psql;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The method radius with Debian's FreeRADIUS, beside Debian's PostgreSQL, and with a server that cannot be believed.
class RadiusIT {
    private static final BlockingCheck.Means MEANS = new BlockingCheck.Means(Runnable::run, System::nanoTime);
    private static final Map<String, String> PASSWORDS = passwords();

    @TempDir
    Path folder;

    /// Of lengths that end before, at and behind a block.
    private static Map<String, String> passwords() {
        var passwords = new LinkedHashMap<String, String>();
        passwords.put("app", "app of radius");
        passwords.put("clerk", "clerk of radius");
        passwords.put("u1", "x");
        passwords.put("u16", "0123456789abcdef");
        passwords.put("u17", "0123456789abcdefg");
        passwords.put("u128", "p".repeat(128));
        passwords.put("u129", "p".repeat(129));
        passwords.put("f\u00fcnf", "p\u00e4ss w\u00f6rd");
        return passwords;
    }

    private FreeRadius radius() throws IOException {
        return radius(false);
    }

    private FreeRadius radius(boolean signs) throws IOException {
        var users = new StringBuilder();
        PASSWORDS.forEach((user, password) -> users.append(user)
                .append(" Cleartext-Password := \"")
                .append(password)
                .append("\"\n"));
        return new FreeRadius(Files.createDirectories(folder.resolve("radius")), users.toString(), signs);
    }

    /// As a list that quotes its members.
    private static String secrets(String... secrets) {
        return Arrays.stream(secrets)
                .map(secret -> "\"" + secret.replace("\"", "\"\"") + "\"")
                .reduce((one, other) -> one + "," + other)
                .orElseThrow();
    }

    private static Map<String, String> options(FreeRadius radius) {
        return Map.of(
                "radiusservers",
                "127.0.0.1",
                "radiussecrets",
                secrets(FreeRadius.SECRET),
                "radiusports",
                "" + radius.port());
    }

    private static String rule(Map<String, String> options) {
        var rule = new StringBuilder("radius");
        options.forEach((name, value) -> rule.append(" \"")
                .append(name)
                .append('=')
                .append(value.replace("\"", "\"\""))
                .append('"'));
        return rule.toString();
    }

    private static Finding ask(Map<String, String> options, String user, String password) throws RadiusRuleException {
        return ask(new RadiusCheck(RadiusRule.of(options), MEANS), user, password);
    }

    private static Finding ask(BlockingCheck check, String user, String password) {
        return check.check(new Attempt("d", user, password, "127.0.0.1"))
                .toCompletableFuture()
                .join();
    }

    @Test
    void decidesAsPostgresDoes() throws Exception {
        // given
        try (var radius = radius()) {
            var fine = options(radius);
            var named = new LinkedHashMap<>(fine);
            named.put("radiusidentifiers", "somebody");
            var second = new LinkedHashMap<>(fine);
            second.put("radiusservers", "127.0.0.2, 127.0.0.1");
            var rules = List.of(fine, named, second);
            var hba = new StringBuilder();
            for (int i = 0; i < rules.size(); i++) {
                hba.append("host d%d all 127.0.0.1/32 %s\n".formatted(i, rule(rules.get(i))));
            }
            var differences = new ArrayList<String>();
            int accepted = 0;
            try (var postgres = new DebianPg(DebianPg.find().orElseThrow(), folder, hba.toString(), Map.of())) {
                for (var user : PASSWORDS.keySet()) {
                    postgres.does("create role \"" + user + "\" login");
                }
                for (int i = 0; i < rules.size(); i++) {
                    postgres.does("create database d" + i);
                    // the server that does not answer costs PostgreSQL three seconds each time
                    var users = i < 2 ? PASSWORDS.keySet() : List.of("app", "u129");
                    for (var user : users) {
                        for (var password : List.of(PASSWORDS.getOrDefault(user, ""), "wrong", "clerk of radius")) {
                            // when
                            boolean theirs = postgres.letsIn("d" + i, user, password);
                            boolean ours = ask(rules.get(i), user, password) instanceof Accepted;
                            accepted += ours ? 1 : 0;
                            if (theirs != ours) {
                                differences.add("%s with %s by %s".formatted(user, password, rules.get(i)));
                            }
                        }
                    }
                }
            }
            // then
            assertThat(differences).isEmpty();
            assertThat(accepted).isEqualTo(2 * (PASSWORDS.size() - 1) + 3);
        }
    }

    @Test
    void bothDriversLogInByItsPassword() throws IOException, SQLException {
        // given
        try (var radius = radius();
                var pooler = PoolerFixture.wish()
                        .serverPasswords()
                        .general("cleartext_passwords", "loopback")
                        .general("pg_hba", "\n    content: |-\n      host all all all " + rule(options(radius)))
                        .start()) {
            // when
            var psql = Psql.of(pooler.door(), "clerk", "clerk of radius", "").run("select current_user");

            // then
            assertThat(psql.output()).as(psql.toString()).isEqualTo("clerk");
            assertThat(pooler.logsIn("app", "app of radius")).isEqualTo("app");
            assertThatThrownBy(() -> pooler.logsIn("app", "app-secret"))
                    .isInstanceOfSatisfying(
                            SQLException.class,
                            refused -> assertThat(refused.getSQLState()).isEqualTo("28000"))
                    .hasMessageContaining("RADIUS authentication failed for user \"app\"");
        }
    }

    @Test
    void aServerThatKnowsAnotherSecretIsNoServer() throws Exception {
        // given
        try (var radius = radius()) {
            var options = new LinkedHashMap<>(options(radius));
            options.put("radiussecrets", secrets("another"));

            // when then
            assertThat(ask(options, "app", "app of radius")).isInstanceOf(Unavailable.class);
        }
    }

    @Test
    void whoeverPutsItselfBetweenCannotTurnAnAnswer() throws Exception {
        // given
        for (boolean signs : new boolean[] {false, true}) {
            try (var radius = radius(signs)) {
                var change = new AtomicReference<UnaryOperator<byte[]>>(UnaryOperator.identity());
                try (var middle = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
                    Thread.ofVirtual().start(() -> pass(middle, radius.port(), change));
                    var options = new LinkedHashMap<>(options(radius));
                    options.put("radiusports", "" + middle.getLocalPort());
                    var check = new RadiusCheck(RadiusRule.of(options), MEANS);

                    // when then
                    assertThat(ask(check, "app", "wrong")).isInstanceOf(Refused.class);
                    assertThat(ask(check, "app", "app of radius")).isInstanceOf(Accepted.class);
                    change.set(RadiusIT::accepted);
                    assertThat(ask(check, "app", "wrong")).isInstanceOf(Unavailable.class);
                    change.set(answer -> new byte[0]);
                    assertThat(ask(check, "app", "wrong")).isInstanceOf(Unavailable.class);
                }
            }
        }
    }

    private static byte[] accepted(byte[] answer) {
        answer[0] = 2; // Access-Accept
        return answer;
    }

    @Test
    void aServerThatSignedOnceIsNotBelievedWithoutIt() throws Exception {
        // given
        int port;
        BlockingCheck check;
        var folderOfSigned = Files.createDirectories(folder.resolve("signed"));
        try (var signed = new FreeRadius(folderOfSigned, "app Cleartext-Password := \"app of radius\"\n", true)) {
            port = signed.port();
            check = new RadiusCheck(RadiusRule.of(options(signed)), MEANS);
            assertThat(ask(check, "app", "app of radius")).isInstanceOf(Accepted.class);
        }
        var change = new AtomicReference<UnaryOperator<byte[]>>(UnaryOperator.identity());
        try (var unsigned = radius();
                var middle = new DatagramSocket(port, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> pass(middle, unsigned.port(), change));

            // when then
            assertThat(ask(check, "app", "app of radius")).isInstanceOf(Unavailable.class);
        }
    }

    private static void pass(DatagramSocket middle, int port, AtomicReference<UnaryOperator<byte[]>> change) {
        try (var beyond = new DatagramSocket()) {
            while (true) {
                var packet = new DatagramPacket(new byte[4096], 4096);
                middle.receive(packet);
                var client = packet.getSocketAddress();
                beyond.send(new DatagramPacket(
                        packet.getData(), packet.getLength(), InetAddress.getLoopbackAddress(), port));
                var answer = new DatagramPacket(new byte[4096], 4096);
                beyond.receive(answer);
                byte[] changed = change.get().apply(Arrays.copyOf(answer.getData(), answer.getLength()));
                middle.send(new DatagramPacket(changed, changed.length, client));
            }
        } catch (IOException _) {
            // closed
        }
    }
}
