package io.pgdoorman.pooler.client;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pgdoorman.pooler.auth.OutsideCheck;
import io.pgdoorman.pooler.auth.Verifier;
import io.pgdoorman.pooler.hba.HbaDecision;
import io.pgdoorman.pooler.hba.HbaFiles;
import io.pgdoorman.pooler.hba.HbaResult;
import io.pgdoorman.pooler.hba.HbaRules;
import io.pgdoorman.pooler.hba.IdentMaps;
import io.pgdoorman.pooler.hba.Surroundings;
import io.pgdoorman.pooler.net.Loops;
import io.pgdoorman.pooler.net.TransportKind;
import io.pgdoorman.pooler.script.Message;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PorchTest {
    private final Loops loops = new Loops(TransportKind.NIO, 1);

    @AfterEach
    void closes() {
        loops.close();
    }

    @Test
    void proofIsTakenOutOfTheBufferThatItCameIn() {
        // given
        var in = Unpooled.copiedBuffer("before secret behind", US_ASCII);
        in.skipBytes("before ".length());

        // when
        byte[] taken = Porch.takeSecret(in, "secret".length());

        // then
        assertThat(taken).asString(US_ASCII).isEqualTo("secret");
        assertThat(in.toString(US_ASCII)).isEqualTo(" behind");
        assertThat(in.toString(0, in.writerIndex(), US_ASCII)).isEqualTo("before \0\0\0\0\0\0 behind");
        in.release();
    }

    /// Nobody is authenticated yet: what such a one sends may fill no memory.
    @Test
    void strangerIsNotReadWhileSomebodyOutsideDecides() {
        // given
        var slow = new Slow();
        var channel = new EmbeddedChannel(new Porch(slow.building(loops), false));
        say(channel, Message.startup(Map.of("user", "app", "database", "shop")));
        say(channel, Message.password("secret\0".getBytes(US_ASCII)));
        assertThat(slow.asked).isTrue();
        assertThat(channel.config().isAutoRead()).isTrue();

        // when
        say(channel, Message.raw(new byte[2048]));

        // then
        assertThat(channel.config().isAutoRead()).isFalse();

        // when
        slow.answer.complete(OutsideCheck.Refused.silently("no"));
        channel.runPendingTasks();

        // then
        assertThat(channel.isActive()).isFalse();
        channel.finishAndReleaseAll();
    }

    private static void say(EmbeddedChannel channel, Message message) {
        channel.writeInbound(Unpooled.copiedBuffer(message.bytes()));
    }

    /// Everybody's password is checked outside, which takes its time.
    private static final class Slow implements OutsideCheck, Surroundings {
        final CompletableFuture<Finding> answer = new CompletableFuture<>();
        boolean asked;

        Building building(Loops loops) {
            var parsed = (HbaResult.Parsed) HbaRules.parse(Path.of("pg_hba.conf"), "local all all pam", HbaFiles.DISK);
            var rules = parsed.rules();
            Map<HbaDecision, OutsideCheck> checks =
                    rules.decisions().stream().collect(Collectors.toMap(one -> one, _ -> this));
            var access = Directory.Access.of(rules, IdentMaps.NONE, this).asking(checks, null, null);
            var admin = new Directory.Admin("admin", new Verifier.None(), Map.of());
            return ClientStage.building(loops, () -> new Directory(Map.of(), access, admin, Map.of(), Map.of()));
        }

        @Override
        public CompletionStage<Finding> check(Attempt attempt) {
            asked = true;
            return answer;
        }

        @Override
        public String method() {
            return "PAM";
        }

        @Override
        public boolean isMember(String user, String role) {
            return false;
        }

        @Override
        public List<String> namesOf(InetAddress address) {
            return List.of();
        }

        @Override
        public List<InetAddress> addressesOf(String name) {
            return List.of();
        }

        @Override
        public List<InterfaceAddress> own() {
            return List.of();
        }
    }
}
