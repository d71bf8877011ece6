package io.pgdoorman.pooler.app;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pgdoorman.pooler.auth.AuthException;
import io.pgdoorman.pooler.auth.ScramClient;
import io.pgdoorman.pooler.auth.ScramKeys;
import io.pgdoorman.pooler.wire.Backend;
import io.pgdoorman.pooler.wire.CString;
import io.pgdoorman.pooler.wire.Frontend;
import io.pgdoorman.pooler.wire.FrontendWriter;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// A few seconds of the pooler's life on loopback, without a database: boot, logins, queries in each protocol,
/// drain.
///
/// The build of an image runs it under `-XX:AOTCacheOutput` (JEP 483, 514, 515): the classes that it loads and what the
/// compiler learns of its loops are kept, so that a fresh pod starts with them. Whatever an application does in its
/// first second is worth a line here; what only some pods do, as the console, is not: a JVM loads at its start all
/// classes that the cache has, 8 KB of memory each.
final class Rehearsal {
    private static final int CLIENTS = 4;
    private static final byte[] SQL = "select line from play".getBytes(StandardCharsets.US_ASCII);

    private static final String PASSWORD = "rehearsal-only";

    /// Of the password, so that the actors' own work is no part of what is learned.
    private static final AtomicReference<@Nullable ScramKeys> KEYS = new AtomicReference<>();

    /// Messages of a login by SCRAM.
    private static final int SASL = 10;

    private static final int SASL_CONTINUE = 11;
    private static final int SASL_FINAL = 12;

    private final long nanos;

    Rehearsal(Duration length) {
        nanos = length.toNanos();
    }

    /// @throws IOException where loopback or the temporary folder refuse, or an answer is not as it should be
    void run() throws IOException, InterruptedException {
        var folder = Files.createTempDirectory("rehearsal");
        var file = folder.resolve("pooler.yaml");
        try (var standIn = new StandIn()) {
            Files.writeString(file, config(standIn.port()));
            try (var pooler = Pooler.start(file)) {
                play(pooler.port());
                pooler.drain();
                var _ = pooler.awaitDrained(Duration.ofSeconds(5));
            }
        } finally {
            Files.deleteIfExists(file);
            Files.deleteIfExists(folder);
        }
    }

    private void play(int port) throws IOException, InterruptedException {
        long end = System.nanoTime() + nanos;
        try (var stage = Executors.newFixedThreadPool(CLIENTS)) {
            List<Future<?>> acts = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                // One comes and goes: a crowd that logs in is what takes most of a compiler's time.
                int queries = i == 0 ? 1 : 5_000;
                acts.add(stage.submit(() -> {
                    do {
                        act(port, queries, end);
                    } while (System.nanoTime() < end);
                    return null;
                }));
            }
            for (var act : acts) {
                act.get();
            }
        } catch (ExecutionException failed) {
            throw new IOException(failed.getCause());
        }
    }

    private static void act(int port, int queries, long end) throws IOException {
        try (var client = new Actor(port, "play")) {
            client.extended(true);
            for (int i = 0; i < queries && System.nanoTime() < end; i++) {
                client.simple(SQL);
                client.extended(true);
                client.extended(false);
            }
        }
    }

    private static String config(int serverPort) {
        return """
            general:
              host: 127.0.0.1
              port: 0
              admin_username: actor
              admin_password: rehearsal-only
              pg_hba: {content: "host all all samehost scram-sha-256"}
            pools:
              play:
                server_host: 127.0.0.1
                server_port: %d
                users: [{username: actor, password: rehearsal-only, pool_size: 2}]
            """.formatted(serverPort);
    }

    /// One client on the stage.
    private static final class Actor implements AutoCloseable {
        private final Socket socket;
        private final DataInputStream in;
        private final ByteBuf out = Unpooled.buffer();
        private final ScramClient proof = ScramClient.withPassword("actor", PASSWORD, KEYS.get());

        Actor(int port, String database) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setTcpNoDelay(true);
            in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
            FrontendWriter.startup(out, Map.of("user", "actor", "database", database));
            ask();
        }

        void simple(byte[] sql) throws IOException {
            FrontendWriter.query(out, sql);
            ask();
        }

        void extended(boolean parse) throws IOException {
            if (parse) {
                FrontendWriter.closeStatement(out, new byte[] {'s'});
                var tail = Unpooled.buffer().writeBytes(SQL).writeByte(0).writeShort(0);
                FrontendWriter.parse(out, new byte[] {'s'}, bytes(tail));
            }
            out.writeByte(Frontend.BIND).writeInt(4 + 1 + 2 + 6);
            CString.write(out, "");
            CString.write(out, "s");
            out.writeShort(0).writeShort(0).writeShort(0);
            out.writeByte(Frontend.DESCRIBE).writeInt(6).writeByte('P').writeByte(0);
            out.writeByte(Frontend.EXECUTE).writeInt(9).writeByte(0).writeInt(0);
            FrontendWriter.bare(out, Frontend.SYNC);
            ask();
        }

        /// Sends, and reads up to ReadyForQuery.
        private void ask() throws IOException {
            send();
            byte tag;
            do {
                tag = in.readByte();
                var body = in.readNBytes(in.readInt() - 4);
                if (tag == Backend.ERROR_RESPONSE) {
                    throw new IOException(new String(body, StandardCharsets.UTF_8).replace('\0', ' '));
                }
                if (tag == Backend.AUTHENTICATION) {
                    prove(body);
                }
            } while (tag != Backend.READY_FOR_QUERY);
        }

        /// Answers the messages of SCRAM (PostgreSQL manual, "SASL Authentication").
        private void prove(byte[] message) throws IOException {
            var told = Arrays.copyOfRange(message, Integer.BYTES, message.length);
            try {
                switch (ByteBuffer.wrap(message).getInt()) {
                    case SASL -> FrontendWriter.saslInitialResponse(out, "SCRAM-SHA-256", proof.first());
                    case SASL_CONTINUE -> FrontendWriter.password(out, proof.last(told), false);
                    case SASL_FINAL -> {
                        proof.verify(told);
                        KEYS.set(proof.keys().orElse(null));
                    }
                    default -> {} // it is let in
                }
            } catch (AuthException refused) {
                throw new IOException(refused);
            }
            send();
        }

        private void send() throws IOException {
            out.readBytes(socket.getOutputStream(), out.readableBytes());
            out.clear();
        }

        private static byte[] bytes(ByteBuf buffer) {
            var bytes = new byte[buffer.readableBytes()];
            buffer.readBytes(bytes);
            return bytes;
        }

        @Override
        public void close() throws IOException {
            FrontendWriter.bare(out, Frontend.TERMINATE);
            send();
            socket.close();
        }
    }
}
