package io.pgdoorman.pooler.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.unix.FileDescriptor;
import io.pgdoorman.pooler.script.Eventually;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Messages and descriptors between two ends; both are in this process, which the kernel knows by its number as well.
class PassageTest {
    private static final long SELF = ProcessHandle.current().pid();

    @TempDir
    private Path folder;

    private final Loops loops = new Loops(TransportKind.EPOLL, 1);
    private final End here = new End();
    private final End there = new End();

    @AfterEach
    void closes() {
        loops.close();
    }

    private static final class End implements Passage.Reader {
        final List<String> messages = new CopyOnWriteArrayList<>();
        final List<FileDescriptor> descriptors = new CopyOnWriteArrayList<>();
        volatile @Nullable String closed;

        @Override
        public void read(ByteBuf message, @Nullable FileDescriptor attached) throws IOException {
            var text = message.toString(StandardCharsets.UTF_8);
            if (text.equals("nonsense")) {
                throw new IOException("nonsense");
            }
            if (attached != null) {
                descriptors.add(attached);
            }
            messages.add(text);
        }

        @Override
        public void closed(String reason) {
            closed = reason;
        }
    }

    private static ByteBuf message(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
    }

    private Passage[] joined() throws IOException {
        var opened = Passage.open(loops, folder, () -> SELF, here);
        return new Passage[] {opened, Passage.connect(loops, folder, SELF, there)};
    }

    @Test
    void lettersArriveInOrderAndDescriptorsWithTheirs() throws Exception {
        // given
        var ends = joined();
        var pipes = FileDescriptor.pipe();

        // when
        for (int i = 0; i < 100; i++) {
            if (i % 10 == 3) {
                ends[1].send(message("with " + i), pipes[1]);
            } else {
                ends[1].send(message("without " + i));
            }
        }

        // then
        Eventually.isTrue("all are there", () -> here.messages.size() == 100);
        assertThat(here.messages.get(3)).isEqualTo("with 3");
        assertThat(here.messages.get(99)).isEqualTo("without 99");
        assertThat(here.descriptors).hasSize(10).doesNotContain(pipes[1]);
        var copy = here.descriptors.getLast();
        var bytes = ByteBuffer.allocateDirect(1).put(0, (byte) 42);
        assertThat(copy.write(bytes, 0, 1)).isEqualTo(1);
        assertThat(pipes[0].read(bytes, 0, 1)).isEqualTo(1);
        for (var descriptor : here.descriptors) {
            descriptor.close();
        }
        pipes[0].close();
        pipes[1].close();
    }

    @Test
    void whatWasSentBeforeTheEndArrives() throws Exception {
        // given
        var ends = joined();

        // when
        for (int i = 0; i < 1000; i++) {
            ends[1].send(message("message " + i));
        }
        ends[1].close();

        // then
        Eventually.isTrue("the end is told", () -> here.closed != null && there.closed != null);
        assertThat(here.messages).hasSize(1000);
    }

    @Test
    void aMessageThatMakesNoSenseEndsThePassage() throws Exception {
        // given
        var ends = joined();

        // when
        ends[1].send(message("nonsense"));
        ends[1].send(message("behind it"));

        // then
        Eventually.isTrue("both ends know", () -> here.closed != null && there.closed != null);
        assertThat(here.closed).contains("nonsense");
        assertThat(here.messages).isEmpty();
    }

    @Test
    void lengthsAreBounded() throws Exception {
        // given
        var opened = Passage.open(loops, folder, () -> SELF, here);
        try (var messages = SocketChannel.open(UnixDomainSocketAddress.of(folder.resolve("messages")));
                var descriptors = SocketChannel.open(UnixDomainSocketAddress.of(folder.resolve("descriptors")))) {
            // when
            messages.write(ByteBuffer.allocate(4).putInt(0, Passage.MAX_MESSAGE + 2));

            // then
            Eventually.isTrue("it is refused", () -> here.closed != null);
            assertThat(descriptors.isOpen()).isTrue();
            assertThat(here.messages).isEmpty();
        }
        opened.close();
    }

    @Test
    void anotherProcessHasNoBusinessHere() throws Exception {
        // given
        var opened = Passage.open(loops, folder, () -> SELF + 1, here);

        // when
        try (var stranger = SocketChannel.open(UnixDomainSocketAddress.of(folder.resolve("messages")))) {
            // then
            assertThat(stranger.read(ByteBuffer.allocate(1))).isEqualTo(-1);
        }
        assertThat(here.closed).isNull();
        opened.close();
    }

    @Test
    void nobodyWaitsInAnEmptyFolder() {
        assertThatThrownBy(() -> Passage.connect(loops, folder, SELF, there)).hasMessageContaining("cannot connect");
        assertThat(Files.exists(folder.resolve("messages"))).isFalse();
    }
}
